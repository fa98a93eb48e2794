// Package rules has the rule packs: for each a rule file, NAME.yaml, with a marketplace's rules as they are published and where each figure is
// from. The built-in rules are the pack that is not here.
//
// What a rule file means is left to pkg/rules. Pages about the packs are made of the files by package page.
package rules
