package admin

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrToken refuses a token's file.
var ErrToken = errors.New("administrator's token cannot be used")

// minToken is the shortest token: 16 random bytes in hexadecimal digits.
const minToken = 32

// Token is what an administrator shows. It is not printed.
type Token string

// String says that there is one.
func (Token) String() string { return "(token)" }

// GoString is [Token.String].
func (Token) GoString() string { return "(token)" }

// ReadToken reads the token of a file, and makes file and token where there is none. Errors: [ErrToken], those of the file.
func ReadToken(path string) (Token, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeToken(path)
	}
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w: %s can be read by others; chmod 600 it, and make another if they did: remove the file and start again", ErrToken, path)
	}
	token := strings.TrimSpace(string(text))
	if len(token) < minToken || strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("%w: %s holds no word of at least %d characters; remove it to have one made", ErrToken, path, minToken)
	}
	return Token(token), nil
}

// makeToken writes a file of another name first: one that is begun and not ended is never read.
func makeToken(path string) (Token, error) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process where it would
	token := "agon-admin-" + base64.RawURLEncoding.EncodeToString(b[:])
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), path) // not over one that another process made meanwhile
	}
	err = errors.Join(err, os.Remove(f.Name()))
	if errors.Is(err, fs.ErrExist) {
		return ReadToken(path)
	}
	if err != nil {
		return "", err
	}
	return Token(token), nil
}
