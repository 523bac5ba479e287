package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner"
)

func newInitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write the configuration and make the keys",
		Long: `init writes config.toml with what every setting means, from the defaults and the settings given, and makes four keys:

  owner    pays registrations and owns the hotkey; keep it offline where you can (--without-owner)
  hotkey   signs the miner's transactions; its fees are paid by a grant of the owner
  service  signs receipts
  sealing  opens sealed requests

They lie in the keyring, encrypted with a passphrase that is asked for, or read from --passphrase-file by a miner that starts by itself. Once the owner has swapped the hotkey's key, init --signing-key NAME makes another key of that name. What exists already is left as it is. The words that recover owner and hotkey are shown once, on stderr.`,
		Example: "  agon-miner init --chain-id agon-1 --netuid 1 --expert lingua-high --public-url http://203.0.113.7:8091",
		Args:    cobra.NoArgs,
		RunE:    runInit,
	}
	miner.AddFlags(cmd.Flags())
	cmd.Flags().Bool("without-owner", false, "make no owner key: it is kept elsewhere")
	addOutput(cmd)
	return cmd
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
		fmt.Fprintf(cmd.ErrOrStderr(), "%s exists and is left as it is\n", filepath.Join(c.Home, miner.FileName))
	}
	ring, err := openRing(cmd, c)
	if err != nil {
		return err
	}
	names := []string{chain.KeyOwner, c.SigningKey}
	if without, err := cmd.Flags().GetBool("without-owner"); err != nil {
		return err
	} else if without {
		names = names[1:]
	}
	for _, name := range names {
		created, words, err := ring.Ensure(name)
		if err != nil {
			return err
		}
		if created {
			fmt.Fprintf(cmd.ErrOrStderr(), "\nKey %q was made. Write these words down, they are not shown again and recover it:\n\n%s\n\n", name, words)
		}
	}
	k, err := seeded(ring, ring.EnsureSeed)
	if err != nil {
		return err
	}
	s, err := k.show(c)
	if err != nil {
		return err
	}
	return answer(cmd, s, func(w io.Writer) error {
		if err := s.text(w); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w, "\nNext: fund the owner, then agon-miner run --register --home "+c.Home)
		return err
	})
}
