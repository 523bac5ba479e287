package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/miner"
)

func newKeysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "The miner's keys", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	show := &cobra.Command{
		Use:   "show",
		Short: "Show addresses and public keys",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			k, err := openKeys(cmd, c)
			if err != nil {
				return err
			}
			s, err := k.show(c)
			if err != nil {
				return err
			}
			return answer(cmd, s, s.text)
		},
	}
	renew := &cobra.Command{
		Use:   "renew service|sealing",
		Short: "Replace the key that signs receipts, or the one that opens sealed requests",
		Long: `renew makes a new key in place of one that may have been stolen. Stop the miner first; its next start publishes the new key, a service key as soon as the old one is three
tempos old. Requests that were sealed to an old sealing key cannot be read any more.`,
		Example:   "  agon-miner keys renew service",
		ValidArgs: []string{serviceSeed, sealingSeed},
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			k, err := openKeys(cmd, c)
			if err != nil {
				return err
			}
			if _, err := k.ring.RenewSeed(args[0]); err != nil {
				return err
			}
			if k, err = seeded(k.ring, k.ring.Seed); err != nil {
				return err
			}
			s, err := k.show(c)
			if err != nil {
				return err
			}
			return answer(cmd, s, s.text)
		},
	}
	for _, c := range []*cobra.Command{show, renew} {
		miner.AddFlags(c.Flags(), "home", "keyring-backend", "passphrase-file")
		addOutput(c)
		cmd.AddCommand(c)
	}
	return cmd
}

func (s shown) text(w io.Writer) error {
	owner := s.Owner
	if owner == "" {
		owner = "not here"
	}
	_, err := fmt.Fprintf(w, "home         %s\nowner        %s\nhotkey       %s\nservice key  %s\nsealing key  %.16s... (%d bytes)\n",
		s.Home, owner, s.Hotkey, s.ServiceKey, s.SealingKey, len(s.SealingKey)/2)
	return err
}
