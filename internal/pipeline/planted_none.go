//go:build !planted

package pipeline

// planted is the bug that a build with the tag "planted" has on purpose; none in any other.
const planted = ""
