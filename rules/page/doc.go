// Package page makes a page of documentation of a rule pack: its rules in words, its figures with their sources and how sure they are, what it
// leaves out and what events must carry.
//
// What a rule file does not say as data it says in comments of this form, which [Read] demands:
//
//   - The file begins with a comment that is Markdown: "# Title", a paragraph, and sections "## Title".
//   - A comment above a metric or a rule says what it is about.
//   - Behind each figure stands how sure it is and from which of the file's sources, counted from 1: "official [1] [3]", "third party [2]",
//     "earlier reading [1]" or "ours", with a note after a colon: a figure of one's own must have one.
//   - Behind each source stand its number and a colon, and when it was read.
//
// What the rules mean is left to pkg/rules.
package page
