package chain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/cosmos/cosmos-sdk/client/input"
)

const (
	// passphraseHash is the file that agond keeps beside encrypted keys, to tell a wrong passphrase from a broken key.
	passphraseHash = "keyhash"
	// passphraseTries is how often a person may mistype.
	passphraseTries = 3
	maxPassphrase   = 72 // bytes; bcrypt takes no more
)

// Passphrase is where the passphrase of an encrypted keyring comes from.
type Passphrase struct {
	// File holds it, as its first line, readable by its owner alone: for a daemon that nobody sits in front of (a
	// credential of its service manager, for instance). Empty: it is asked for.
	File string
	// Input is where it is asked for: the terminal, whatever Input is, or lines of Input where the program has none.
	Input io.Reader
}

// ask is what the keyring calls when it first needs the passphrase of the keys in dir.
func (p Passphrase) ask(dir string) func(string) (string, error) {
	return func(string) (string, error) {
		hash, err := os.ReadFile(filepath.Join(dir, passphraseHash))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("passphrase: %w", err)
		}
		if p.File != "" {
			pass, err := p.read()
			if err != nil {
				return "", err
			}
			if hash == nil {
				return pass, remember(dir, pass)
			}
			if bcrypt.CompareHashAndPassword(hash, []byte(pass)) != nil {
				return "", fmt.Errorf("the passphrase in %s is not that of the keys in %s", p.File, dir)
			}
			return pass, nil
		}
		if p.Input == nil {
			return "", errors.New("no passphrase was given; name a file that has it (passphrase-file)")
		}
		lines := bufio.NewReader(p.Input)
		for try := 1; try <= passphraseTries; try++ {
			pass, err := input.GetPassword(fmt.Sprintf("Passphrase of the keys in %s: ", dir), lines)
			if errors.Is(err, io.EOF) {
				return "", errors.New("no passphrase was given; type it, or name a file that has it (passphrase-file)")
			}
			if err == nil && hash != nil && bcrypt.CompareHashAndPassword(hash, []byte(pass)) != nil {
				err = errors.New("the passphrase is wrong")
			}
			if err == nil && hash == nil {
				var again string
				if again, err = input.GetPassword("Once more, to be sure: ", lines); err == nil && again != pass {
					err = errors.New("the two differ")
				}
				if err == nil {
					err = remember(dir, pass)
				}
			}
			if err == nil {
				return pass, nil
			}
			fmt.Fprintln(os.Stderr, err)
		}
		return "", fmt.Errorf("no right passphrase in %d tries", passphraseTries)
	}
}

// read takes the passphrase from the file. Errors name the file and never what is in it.
func (p Passphrase) read() (string, error) {
	f, err := os.Open(p.File)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return "", fmt.Errorf("passphrase file %s has mode %04o, want 0600 or 0400: others could read it; run chmod 600 on it", p.File, m)
	}
	b, err := io.ReadAll(io.LimitReader(f, 4*maxPassphrase))
	if err != nil {
		return "", fmt.Errorf("passphrase file %s: %w", p.File, err)
	}
	pass, _, _ := strings.Cut(string(b), "\n")
	pass = strings.TrimSuffix(pass, "\r")
	if len(pass) < input.MinPassLength || len(pass) > maxPassphrase {
		return "", fmt.Errorf("passphrase file %s: its first line has %d bytes, want %d to %d", p.File, len(pass), input.MinPassLength, maxPassphrase)
	}
	return pass, nil
}

// remember keeps the hash of a new keyring's passphrase, so that a second one is not taken for it.
func remember(dir, pass string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(pass), bcrypt.DefaultCost)
	if err != nil {
		return fmt.Errorf("passphrase: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("passphrase: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, passphraseHash), hash, 0o600)
}
