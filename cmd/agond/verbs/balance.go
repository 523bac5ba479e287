package verbs

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

func balanceCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "balance [ADDRESS|KEY]",
		Short:   "Show an account's coins: AGON and tokens of subnets that are not staked",
		Example: "agond balance alice\nagond balance agon1... --output json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			owner, err := s.accountOf(args)
			if err != nil {
				return err
			}
			coins, err := s.balances(owner)
			if err != nil {
				return err
			}
			document := sheet{{name: "account", value: owner.String()}, {name: "balances", value: coins}}
			return s.print(document, func() string {
				t := newTable("Balance", table.Row{"coin", "amount"}, "coin")
				for _, c := range coins {
					_, notToken := staketypes.ParseAlphaDenom(c.Denom)
					switch {
					case c.Denom == staketypes.AgonDenom && c.Amount.IsUint64():
						t.AppendRow(table.Row{"AGON", plain(c.Amount.Uint64())})
					case notToken == nil && c.Amount.IsUint64():
						t.AppendRow(table.Row{c.Denom, plain(c.Amount.Uint64())})
					default:
						t.AppendRow(table.Row{c.Denom, c.Amount.String() + " base units"})
					}
				}
				return owner.String() + "\n" + t.Render()
			})
		},
	})
}
