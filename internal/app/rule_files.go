package app

import (
	"sellerpulse/internal/rulebook"
	"sellerpulse/pkg/rules"
)

// RevisionFiles is rule files, and the lists of sellers that they name, as a revision and a question to another process have them.
func RevisionFiles(files []rules.File) (all []rulebook.File) {
	for _, f := range files {
		file := rulebook.File{Name: f.Name, Text: string(f.Text)}
		for _, list := range f.Lists {
			file.Lists = append(file.Lists, rulebook.List{Name: list.Name, Text: string(list.Text)})
		}
		all = append(all, file)
	}
	return all
}

// RuleFiles is what RevisionFiles was given.
func RuleFiles(files []rulebook.File) (all []rules.File) {
	for _, f := range files {
		file := rules.File{Name: f.Name, Text: []byte(f.Text)}
		for _, list := range f.Lists {
			file.Lists = append(file.Lists, rules.File{Name: list.Name, Text: []byte(list.Text)})
		}
		all = append(all, file)
	}
	return all
}
