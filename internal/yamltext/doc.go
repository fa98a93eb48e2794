// Package yamltext reads the YAML of files that people edit: mappings, lists and scalars, these as the text that stands there, each with its
// line. Anchors, aliases and merge keys are resolved; tags but !!str, which change what a text means, are refused. What keys and values mean
// is left to its callers.
//
// Invariant: what is no scalar never becomes a text, whatever kinds of nodes the YAML parser has.
package yamltext
