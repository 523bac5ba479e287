package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/gateway"
)

func newInitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write the configuration and make the key",
		Long: `init writes config.toml with what every setting means, from the defaults and the settings given, and makes the key that signs calls and
opens channels. To keep the money under another key, make this one an operator of that account (agond payment set-operators) and give the account's address as
--payment-account: an operator can pay miners and cannot withdraw.

What exists already is left as it is. The words that recover the key are shown once, on stderr.`,
		Example: "  agon-gateway init --chain-id agon-1",
		Args:    cobra.NoArgs,
		RunE:    runInit,
	}
	gateway.AddFlags(cmd.Flags())
	addOutput(cmd)
	return cmd
}

// made is what init answers.
type made struct {
	Home    string `json:"home"`
	Address string `json:"address"`
}

func runInit(cmd *cobra.Command, _ []string) error {
	c, err := load(cmd)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Home, 0o700); err != nil {
		return fmt.Errorf("make home folder: %w", err)
	}
	created, err := c.WriteFile()
	if err != nil {
		return err
	}
	if !created {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s exists and is left as it is\n", filepath.Join(c.Home, gateway.FileName))
	}
	ring, err := openRing(cmd, c)
	if err != nil {
		return err
	}
	created, words, err := ring.Ensure(c.SigningKey)
	if err != nil {
		return err
	}
	if created {
		fmt.Fprintf(cmd.ErrOrStderr(), "\nKey %q was made. Write these words down, they are not shown again and recover it:\n\n%s\n\n", c.SigningKey, words)
	}
	address, err := ring.Address(c.SigningKey)
	if err != nil {
		return err
	}
	m := made{c.Home, address.String()}
	return answer(cmd, m, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "home     %s\naddress  %s\n\nNext: fund the address, then agon-gateway run --home %s\n", m.Home, m.Address, m.Home)
		return err
	})
}

func openRing(cmd *cobra.Command, c gateway.Config) (*chain.Keyring, error) {
	return chain.OpenKeyring(c.Home, c.KeyringBackend, chain.Passphrase{File: c.PassphraseFile, Input: cmd.InOrStdin()})
}

// openKey reads what init made.
func openKey(cmd *cobra.Command, c gateway.Config) (*chain.Keyring, error) {
	ring, err := openRing(cmd, c)
	if err != nil {
		return nil, err
	}
	if _, err := ring.Address(c.SigningKey); err != nil {
		if errors.Is(err, chain.ErrNoKey) {
			return nil, fmt.Errorf("%w; make the key with `agon-gateway init --home %s`", err, c.Home)
		}
		return nil, err
	}
	return ring, nil
}
