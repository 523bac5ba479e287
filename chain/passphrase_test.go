package chain

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
)

func writePassphrase(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passphrase")
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
	return path
}

// A daemon that nobody sits in front of opens its keys with a file's first line, and agond's own keyring opens the same keys.
func TestPassphraseFromAFile(t *testing.T) {
	dir := t.TempDir()
	from := Passphrase{File: writePassphrase(t, "correct horse\nand more that is ignored\n", 0o400)}
	k, err := OpenKeyring(dir, "file", from)
	require.NoError(t, err)
	_, words, err := k.Ensure(KeyHotkey)
	require.NoError(t, err)
	address, err := k.Address(KeyHotkey)
	require.NoError(t, err)
	seed, err := k.EnsureSeed("service")
	require.NoError(t, err)

	k, err = OpenKeyring(dir, "file", from)
	require.NoError(t, err)
	same, err := k.Seed("service")
	require.NoError(t, err)
	require.Equal(t, seed, same)
	same, err = k.EnsureSeed("service")
	require.NoError(t, err)
	require.Equal(t, seed, same, "a seed is made once")
	_, err = k.Seed("sealing")
	require.ErrorIs(t, err, ErrNoKey)
	names, err := k.Names()
	require.NoError(t, err)
	require.Equal(t, []string{KeyHotkey}, names, "a seed is no account's key")

	encoding, err := NewEncoding()
	require.NoError(t, err)
	theirs, err := keyring.New(keyringService, keyring.BackendFile, dir, strings.NewReader("correct horse\n"), encoding.Codec)
	require.NoError(t, err)
	records, err := theirs.List()
	require.NoError(t, err)
	require.Len(t, records, 1)
	read, err := records[0].GetAddress()
	require.NoError(t, err)
	require.Equal(t, address, read)

	// Nothing on the disk gives a secret away.
	require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		require.NoError(t, err)
		if e.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.False(t, bytes.Contains(content, seed[:]), path)
		require.NotContains(t, string(content), "correct horse", path)
		require.NotContains(t, string(content), strings.Fields(words)[0]+" "+strings.Fields(words)[1], path)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s is %s", path, info.Mode())
		return nil
	}))
}

func TestPassphraseRefusals(t *testing.T) {
	dir := t.TempDir()
	k, err := OpenKeyring(dir, "file", Passphrase{Input: strings.NewReader("correct horse\ncorrect horse\n")})
	require.NoError(t, err)
	_, _, err = k.Ensure(KeyHotkey)
	require.NoError(t, err)

	for name, tc := range map[string]struct {
		from Passphrase
		want string
	}{
		"wrong":       {Passphrase{File: writePassphrase(t, "battery staple\n", 0o600)}, "is not that of the keys in"},
		"short":       {Passphrase{File: writePassphrase(t, "horse\n", 0o600)}, "its first line has 5 bytes, want 8 to 72"},
		"long":        {Passphrase{File: writePassphrase(t, strings.Repeat("x", 73), 0o600)}, "want 8 to 72"},
		"open":        {Passphrase{File: writePassphrase(t, "correct horse\n", 0o644)}, "has mode 0644, want 0600 or 0400"},
		"missing":     {Passphrase{File: filepath.Join(dir, "nowhere")}, "no such file"},
		"none":        {Passphrase{}, "no passphrase was given"},
		"end":         {Passphrase{Input: strings.NewReader("")}, "no passphrase was given"},
		"three-tries": {Passphrase{Input: strings.NewReader(strings.Repeat("battery staple\n", 9))}, "no right passphrase in 3 tries"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := OpenKeyring(dir, "file", tc.from)
			require.NoError(t, err)
			_, err = k.Address(KeyHotkey)
			require.ErrorIs(t, err, ErrKeyring)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "horse", "a secret in an error")
			require.NotContains(t, err.Error(), "staple", "a secret in an error")
			_, err = k.EnsureSeed("service")
			require.ErrorIs(t, err, ErrKeyring, "no second secret over one that cannot be read")
		})
	}

	// The person mistypes once.
	k, err = OpenKeyring(dir, "file", Passphrase{Input: strings.NewReader("battery staple\ncorrect horse\n")})
	require.NoError(t, err)
	_, err = k.Address(KeyHotkey)
	require.NoError(t, err)
}
