package meant

import "strings"

// Hint is "; did you mean NAME?", or empty if no known name is near.
func Hint(word string, known []string) string {
	if name := Closest(word, known); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}

// Closest is the known name that is nearest to a word, the first of several, or empty if none is near: a mistake in every third letter is
// forgiven, three in all, and that the end is missing. Capitals, underscores for dashes, and dashes in front do not count.
func Closest(word string, known []string) string {
	word = plain(word)
	found, least := "", max(1, min(3, len(word)/3))+1
	for _, name := range known {
		if d := distance(word, plain(name)); d < least {
			found, least = name, d
		}
	}
	if found != "" || len(word) < 3 {
		return found
	}
	for _, name := range known {
		if strings.HasPrefix(plain(name), word) {
			return name
		}
	}
	return ""
}

func plain(word string) string {
	return strings.TrimLeft(strings.ReplaceAll(strings.ToLower(word), "_", "-"), "-")
}

// maxLetters bounds what is compared: nobody misspells a name of this length.
const maxLetters = 64

// distance counts the letters to add, remove, change, or swap with the next, between two words: their restricted edit distance.
func distance(a, b string) int {
	if len(a) > maxLetters || len(b) > maxLetters {
		return maxLetters
	}
	var table [maxLetters + 1][maxLetters + 1]int
	for i := range len(a) + 1 {
		for j := range len(b) + 1 {
			switch {
			case i == 0 || j == 0:
				table[i][j] = i + j
			case a[i-1] == b[j-1]:
				table[i][j] = table[i-1][j-1]
			default:
				table[i][j] = 1 + min(table[i-1][j], table[i][j-1], table[i-1][j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					table[i][j] = min(table[i][j], 1+table[i-2][j-2])
				}
			}
		}
	}
	return table[len(a)][len(b)]
}
