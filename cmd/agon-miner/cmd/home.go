package cmd

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner"
	"github.com/agon-chain/agon/wire"
)

// Names of the seeds that the keyring holds beside the account keys.
const (
	serviceSeed = "service"
	sealingSeed = "sealing"
)

// keys are what a miner signs and opens with.
type keys struct {
	ring    *chain.Keyring
	service wire.ServiceKey
	sealing wire.SealingKey
}

func openRing(cmd *cobra.Command, c miner.Config) (*chain.Keyring, error) {
	return chain.OpenKeyring(c.Home, c.KeyringBackend, chain.Passphrase{File: c.PassphraseFile, Input: cmd.InOrStdin()})
}

// openKeys reads what init made.
func openKeys(cmd *cobra.Command, c miner.Config) (keys, error) {
	ring, err := openRing(cmd, c)
	if err != nil {
		return keys{}, err
	}
	if _, err := ring.Address(c.SigningKey); err != nil {
		return keys{}, hintInit(c, err)
	}
	k, err := seeded(ring, ring.Seed)
	if err != nil {
		return keys{}, hintInit(c, err)
	}
	return k, nil
}

// seeded makes the keys of seeds that seed finds, or makes.
func seeded(ring *chain.Keyring, seed func(string) ([chain.SeedSize]byte, error)) (keys, error) {
	service, err := seed(serviceSeed)
	if err != nil {
		return keys{}, err
	}
	sealing, err := seed(sealingSeed)
	if err != nil {
		return keys{}, err
	}
	k := keys{ring: ring}
	if k.service, err = wire.ServiceKeyFromSeed(service[:]); err != nil {
		return keys{}, err
	}
	if k.sealing, err = wire.SealingKeyFromSeed(sealing[:]); err != nil {
		return keys{}, err
	}
	return k, nil
}

func hintInit(c miner.Config, err error) error {
	if errors.Is(err, chain.ErrNoKey) {
		return fmt.Errorf("%w; make the keys with `agon-miner init --signing-key %s --home %s`", err, c.SigningKey, c.Home)
	}
	return err
}

// shown is what may be seen of the keys.
type shown struct {
	Home       string `json:"home"`
	Owner      string `json:"owner,omitempty"`
	Hotkey     string `json:"hotkey"`
	ServiceKey string `json:"service_key"`
	SealingKey string `json:"sealing_key"`
}

func (k keys) show(c miner.Config) (shown, error) {
	sealing, err := k.sealing.Public()
	if err != nil {
		return shown{}, err
	}
	out := shown{Home: c.Home, ServiceKey: k.service.Public().String(), SealingKey: hex.EncodeToString(sealing[:])}
	hotkey, err := k.ring.Address(c.SigningKey)
	if err != nil {
		return shown{}, err
	}
	out.Hotkey = hotkey.String()
	owner, err := k.ring.Address(chain.KeyOwner)
	if err != nil && !errors.Is(err, chain.ErrNoKey) {
		return shown{}, err
	}
	if err == nil {
		out.Owner = owner.String()
	}
	return out, nil
}
