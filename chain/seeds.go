package chain

import (
	"crypto/rand"
	"errors"
	"fmt"

	items "github.com/99designs/keyring"
)

// SeedSize is the length of a seed in bytes.
const SeedSize = 32

// seedItem is the name of a seed among a keyring's items, where account keys end in .info and .address.
func seedItem(name string) string { return name + ".seed" }

// Seed returns the seed of that name, of which a daemon makes a key that is no account's: one that signs receipts, say.
// Errors: ErrNoKey, ErrKeyring.
func (k *Keyring) Seed(name string) ([SeedSize]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seed(name)
}

// EnsureSeed returns the seed of that name, and makes it where there is none. The error is ErrKeyring.
func (k *Keyring) EnsureSeed(name string) ([SeedSize]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	seed, err := k.seed(name)
	if !errors.Is(err, ErrNoKey) {
		return seed, err
	}
	return k.newSeed(name)
}

// RenewSeed puts a new seed in place of the one of that name, which is lost. Errors: ErrNoKey, ErrKeyring.
func (k *Keyring) RenewSeed(name string) ([SeedSize]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.seed(name); err != nil {
		return [SeedSize]byte{}, err
	}
	return k.newSeed(name)
}

// newSeed is called with mu held.
func (k *Keyring) newSeed(name string) (seed [SeedSize]byte, err error) {
	rand.Read(seed[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	if err := k.db.Set(items.Item{Key: seedItem(name), Data: seed[:]}); err != nil {
		return [SeedSize]byte{}, fmt.Errorf("%w: keep seed %q: %w", ErrKeyring, name, err)
	}
	return seed, nil
}

// seed is called with mu held.
func (k *Keyring) seed(name string) (seed [SeedSize]byte, err error) {
	item, err := k.db.Get(seedItem(name))
	if errors.Is(err, items.ErrKeyNotFound) {
		return seed, fmt.Errorf("%w: seed %q", ErrNoKey, name)
	}
	if err != nil {
		return seed, unreadable(name, err)
	}
	if copy(seed[:], item.Data) != SeedSize || len(item.Data) != SeedSize {
		return [SeedSize]byte{}, fmt.Errorf("%w: seed %q has %d bytes, want %d", ErrKeyring, name, len(item.Data), SeedSize)
	}
	return seed, nil
}
