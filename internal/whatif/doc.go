// Package whatif tells where sellers would stand under rules that are not in force: how many in which state, and who would change, from what to what and by
// which numbers. It has the engine try the rules on what is stored of a state (engine.Trial), so that it says what putting them in force would bring.
//
// Invariant: it changes nothing, and what it holds in memory is of some sellers and of the changes that are asked for.
package whatif
