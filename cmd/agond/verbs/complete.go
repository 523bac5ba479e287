package verbs

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// completionTime bounds how long the Tab key waits for a node.
const completionTime = 3 * time.Second

// completing opens a session for the shell, which runs no command and so prepares none.
func completing(cmd *cobra.Command) (*session, context.CancelFunc, error) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	cmd.SetContext(ctx)
	if prepare := cmd.Root().PersistentPreRunE; prepare != nil {
		if err := prepare(cmd, nil); err != nil {
			return nil, cancel, err
		}
	}
	s, err := open(cmd)
	return s, cancel, err
}

func subnetChoices(cmd *cobra.Command) []string {
	s, cancel, err := completing(cmd)
	defer cancel()
	if err != nil {
		return nil
	}
	all, err := s.allSubnets()
	if err != nil {
		return nil
	}
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = fmt.Sprintf("%d\t%s, %s", n.Netuid, n.Symbol, n.Identity.Name)
	}
	return out
}

// firstIsSubnet completes the first argument, where that is a subnet.
func firstIsSubnet(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return subnetChoices(cmd), cobra.ShellCompDirectiveNoFileComp
}

// completeKey offers the keys of the keyring for a flag that takes an account.
func completeKey(cmd *cobra.Command, flag string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		s, cancel, err := completing(cmd)
		defer cancel()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		records, err := s.ctx.Keyring.List()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out := make([]string, len(records))
		for i, r := range records {
			out[i] = r.Name
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

func completeSubnet(cmd *cobra.Command, flag string) {
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return subnetChoices(cmd), cobra.ShellCompDirectiveNoFileComp
	})
}

// completeValidator offers the uids of whoever has a permit or stake in the subnet that was given, with their names.
func completeValidator(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc(flagValidator, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp
		s, cancel, err := completing(cmd)
		defer cancel()
		if err != nil {
			return nil, directive
		}
		which, _ := cmd.Flags().GetString(flagSubnet)
		if isRoot(which) {
			seats, err := s.backers(staketypes.RootNetuid)
			if err != nil || s.name(seats) != nil {
				return nil, directive
			}
			out := make([]string, len(seats))
			for i, c := range seats {
				out[i] = c.Hotkey + "\t" + c.String()
			}
			return out, directive
		}
		subnet, err := s.subnet(which)
		if err != nil {
			return nil, directive
		}
		m, err := s.metagraph(subnet.Netuid)
		if err != nil {
			return nil, directive
		}
		var backed []candidate
		for _, c := range neurons(m) {
			if n := m.Neurons[c.UID]; n.Permit || n.Stake > 0 {
				backed = append(backed, c)
			}
		}
		if s.name(backed) != nil {
			return nil, directive
		}
		out := make([]string, len(backed))
		for i, c := range backed {
			out[i] = strconv.Itoa(c.UID) + "\t" + c.String()
		}
		return out, directive
	})
}
