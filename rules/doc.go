// Package rules has the rule packs: for each a rule file, NAME.yaml, with a marketplace's rules as they are published and where each figure is
// from, and a file of scenarios, NAME.txt, which tells every rule on both sides of its limits. The built-in rules are the pack that is not here.
//
// What a rule file means is left to pkg/rules, and how scenarios are run to internal/scenario. Pages about the packs are made of the files by
// package page, and docs/rules.md teaches their language.
package rules
