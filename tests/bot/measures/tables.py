"""Tables that others published, and the ways in which they are written down."""

Labels = list[list[str]]
Said = list[dict[str, str]]
SEED = 7


def said_of(*annotators: str) -> Said:
    """One row an annotator, one column a unit, a dot where there is no label."""
    columns = zip(*(row.split() for row in annotators), strict=True)
    return [{f"annotator {row}": label for row, label in enumerate(column) if label != "."} for column in columns]


def units_of(*annotators: str) -> Labels:
    """The same without who said what."""
    return [list(unit.values()) for unit in said_of(*annotators)]


def counted(*rows: str, classes: str = "abcde") -> Labels:
    """One row a unit: how many annotators chose each class."""
    return [[name for name, n in zip(classes, map(int, row.split()), strict=False) for _ in range(n)] for row in rows]


def crossed(*rows: str) -> Said:
    """How often two annotators chose each pair of classes: one row a class of the first, one column a class of the
    second."""
    return [
        {"first": str(one), "second": str(other)}
        for one, row in enumerate(rows)
        for other, n in enumerate(row.split())
        for _ in range(int(n))
    ]


def two_by_two(both: int, first: int, second: int, none: int) -> Labels:
    return [["yes", "yes"]] * both + [["yes", "no"]] * first + [["no", "yes"]] * second + [["no", "no"]] * none


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), data C; who said what as in irrCAC, raw_4raters.
RAW_4RATERS = said_of(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
DATA_C = [list(unit.values()) for unit in RAW_4RATERS]
# irrCAC, raw_gender: 15 persons, four annotators, nothing missing.
RAW_GENDER = said_of(
    "a a a a a b b b c a a a a a b",
    "a a a a b a b c c a a a a b a",
    "a b b c a a b b c a b b c a a",
    "c c c c a a b b c c c c c a a",
)
GENDER = [list(unit.values()) for unit in RAW_GENDER]
# Wikipedia, Krippendorff's alpha; also the docstring of fast-krippendorff.
WIKIPEDIA = units_of(
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)
# Krippendorff (2011), data A and B.
DATA_A = units_of("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
DATA_B = units_of("a a b b d c c c e d d a", "b a b b b c c c e d d d")
# NLTK, test_disagreement.py, test_easy: the single rating of dress3 must not matter.
DRESSES = [["Y", "N", "N"], ["Y", "N"], ["Y"]]
# crowd-kit, docstring of alpha_krippendorff.
CROWD_KIT = [["Y", "Y"], ["N", "N"], ["Y", "N"]]
# Gwet, the paradox of high agreement and low kappa.
PARADOX = two_by_two(118, 5, 2, 0)
# Wikipedia, Fleiss' kappa; also statsmodels' tests.
WIKIPEDIA_FLEISS = counted(
    "0 0 0 0 14",
    "0 2 6 4 2",
    "0 0 3 5 6",
    "0 3 9 2 0",
    "2 2 8 1 1",
    "7 7 0 0 0",
    "3 2 6 3 0",
    "2 5 3 2 2",
    "6 5 2 1 0",
    "0 2 2 3 7",
)
# Randolph, Online Kappa Calculator (2008); also statsmodels' tests: two cases, eight raters.
RANDOLPH = counted("7 1", "3 5")
# Feinstein and Cicchetti, J Clin Epidemiol 43 (1990) 543: four tables of one paradox.
FEINSTEIN = [crossed("40 9", "6 45"), crossed("80 10", "5 5"), crossed("45 15", "25 15"), crossed("25 35", "5 35")]
# Cohen, Educ Psychol Meas 20 (1960) 37: three diagnoses, two judges.
COHEN = crossed("88 14 18", "10 40 10", "2 6 12")
# Artstein and Poesio, Computational Linguistics 34 (2008) 555: two classes.
ARTSTEIN = crossed("20 20", "10 50")
# irrCAC, README: three pregnancy types, two abstractors.
ABSTRACTORS = crossed("13 0 0", "0 20 7", "0 4 56")
