package page

import "strings"

// comments are the comments of a YAML file by line, counted from 1.
type comments struct {
	whole map[int]string // of lines that have nothing else
	after map[int]string // behind something else
}

func commentsOf(text string) comments {
	c := comments{map[int]string{}, map[int]string{}}
	for i, line := range strings.Split(text, "\n") {
		at := hash(line)
		if at < 0 {
			continue
		}
		found := strings.TrimRight(strings.TrimPrefix(line[at+1:], " "), " ")
		if strings.TrimSpace(line[:at]) == "" {
			c.whole[i+1] = found
		} else {
			c.after[i+1] = found
		}
	}
	return c
}

// hash is where the comment of a line begins; -1 without one. A # in quotes or within a word begins none.
func hash(line string) int {
	quote := byte(0)
	for i := range len(line) {
		switch c := line[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && c == '"':
			quote = c
		case quote == 0 && c == '#' && (i == 0 || line[i-1] == ' '):
			return i
		}
	}
	return -1
}

// header is the comment with which the file begins, a line each.
func (c comments) header() []string {
	var lines []string
	for n := 1; ; n++ {
		line, ok := c.whole[n]
		if !ok {
			return lines
		}
		lines = append(lines, line)
	}
}

// above is the comment right above a line, as one paragraph.
func (c comments) above(line int) string {
	var lines []string
	for n := line - 1; c.whole[n] != ""; n-- {
		lines = append([]string{c.whole[n]}, lines...)
	}
	return strings.Join(lines, " ")
}
