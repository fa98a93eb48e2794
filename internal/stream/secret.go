package stream

// Secret is a text that is shown to nobody but who asks for it by Reveal. It is kept behind a function, so that fmt and reflection do not
// find it where String cannot be called: in an unexported field.
type Secret struct {
	reveal func() string
}

const concealed = "[secret]"

// NewSecret makes a Secret of the text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal is the text; empty for the zero Secret.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String is the same for every Secret; %v and slog use it.
func (s Secret) String() string { return concealed }

// GoString is what %#v prints.
func (s Secret) GoString() string { return concealed }

// MarshalText is what JSON and YAML get.
func (s Secret) MarshalText() ([]byte, error) { return []byte(concealed), nil }
