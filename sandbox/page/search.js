// External selects: the app is asked as one types. Names are remembered, for the blocks do not hold them.
import { act, Refused } from "./api.js";

const names = new Map(); // place and value -> the words on the option

/** For the elements of one view or message: how to ask, and the options whose names are known. */
export const searching = (place, chosen) => (block, element) => {
  const field = { block_id: block.block_id, action_id: element.action_id };
  const key = JSON.stringify({ ...place, ...field });
  remember(key, chosen?.[field.block_id]?.[field.action_id] ?? []);
  return {
    nameOf: (value) => names.get(key + value) ?? value,
    find: (typed) => ask({ ...place, ...field, value: typed }, key),
  };
};

function remember(key, options) {
  for (const option of options) names.set(key + option.value, option.text.text);
}

/** {options: [{value, name, group}], error}; an error is a sentence for the person. */
async function ask(question, key) {
  try {
    const { groups, error } = await act("suggest", question);
    for (const group of groups) remember(key, group.options);
    return { options: groups.flatMap(inGroup), error };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { options: [], error: error.message };
  }
}

const inGroup = (group) => group.options.map((option) => ({ value: option.value, name: option.text.text, group: group.label }));
