// Package memory divides what a process may have in memory among what uses it, and tells how much each has. It is the one table of shares;
// [internal/limits] has the sizes of single things.
//
// The bound (--memory) is of all that is resident. First comes what does not grow with it ([Process]); the rest is divided by the table of parts,
// in thousandths, which come to 1,000. What is of tasks is shared by those that the process owns, evenly, and what is of followers by those that
// restore or stand by as well. So the sum fits, however many they are.
//
// A share says where to stop, and a thing that is begun is finished: one event, record or batch may go beyond it, by what internal/limits allows. That
// comes out of what is left to the collector, the largest part: garbage is not collected at once, and the collector gets slow where it has little room.
package memory
