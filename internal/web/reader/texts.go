package reader

import (
	"encoding/json"
	"fmt"
)

// Texts are the Swedish of English texts.
type Texts map[string]string

// ParseTexts reads the texts of a file that is part of the program, and panics where it is none: tests would have told.
func ParseTexts(file []byte) Texts {
	texts := Texts{}
	if err := json.Unmarshal(file, &texts); err != nil {
		panic("reader: " + err.Error())
	}
	return texts
}

// In is an English text in a language, with values put in as fmt does. What is not translated stays English.
func (t Texts) In(lang, text string, values ...any) string {
	if lang == "sv" {
		if translated, ok := t[text]; ok {
			text = translated
		}
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}
