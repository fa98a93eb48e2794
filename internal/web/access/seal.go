package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// maxSealedBytes bounds a sealed text: browsers keep 4096 bytes of a cookie.
const maxSealedBytes = 4000

var errSealed = errors.New("it is not sealed by this key, for this, or no longer")

// sealer seals what is given away and comes back. What it is for is part of it: a text that is sealed for one thing opens for no other.
type sealer struct{ aead cipher.AEAD }

// newSealer makes a key of secrets that are known to every process of a group.
func newSealer(purpose string, secret []byte) sealer {
	key, err := hkdf.Key(sha256.New, secret, nil, "sellerpulse "+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are not too many.
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are a key.
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes.
	}
	return sealer{aead}
}

// sealed is what is in a sealed text.
type sealed[T any] struct {
	Until int64 `json:"until"` // Unix seconds
	Value T     `json:"value"`
}

// seal makes a text of a value that holds until an instant.
func seal[T any](s sealer, value T, until time.Time) string {
	text, err := json.Marshal(sealed[T]{until.Unix(), value})
	if err != nil {
		panic(err) // What is sealed are texts and numbers.
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, text, nil))
}

// open is the value of a text, if it was sealed by the same key and its time is not over.
func open[T any](s sealer, text string, now time.Time) (value T, err error) {
	if len(text) > maxSealedBytes {
		return value, errSealed
	}
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return value, errSealed
	}
	var content sealed[T]
	if bytes, err = s.aead.Open(nil, nil, bytes, nil); err != nil || json.Unmarshal(bytes, &content) != nil || now.Unix() >= content.Until {
		return value, errSealed
	}
	return content.Value, nil
}
