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
	miner.AddFlags(show.Flags(), "home", "keyring-backend")
	addOutput(show)
	cmd.AddCommand(show)
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
