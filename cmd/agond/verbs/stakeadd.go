package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const flagMinAlpha = "min-alpha"

func stakeAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add AMOUNT --subnet SUBNET --validator WHO",
		Short: "Buy a subnet's token and stake it behind a validator, or stake AGON at the root",
		Long: `Buy a subnet's token with AGON and stake it behind a validator; or stake the token itself, given as 5alpha, which is no trade and
has no price. The validator can be any hotkey that holds a uid in the subnet, by name, address or uid. With --validators the amount is
divided evenly among several, in one transaction: all happens or nothing.

With --subnet root AGON itself is staked, without a price. It counts in every subnet in which the hotkey validates, and earns AGON there while the hotkey has
a seat (agond validators root).`,
		Example: `agond stake add 10agon --subnet 3 --validator "Alice's validator"
agond stake add 0.5agon --subnet LANG --validator 7 --slippage 0.5% --dry-run
agond stake add 3.2alpha --subnet 3 --validator agon1... --yes --output json
agond stake add 10agon --subnet 3 --validators 7,9,oak
agond stake add 10agon --subnet root --validator oak`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			give, err := parseAmount(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			subnet, err := s.flagged(flagSubnet)
			if err != nil {
				return err
			}
			if subnet.Netuid == staketypes.RootNetuid && give.Unit != unitAgon {
				return fmt.Errorf("%w: %q: the root takes AGON as it is: write 10agon", errAmount, args[0])
			}
			several, err := severalNamed(cmd)
			if err != nil {
				return err
			}
			if several != nil {
				p, err := s.planAddSeveral(give, subnet, several)
				if err != nil {
					return err
				}
				return s.carryOut(p)
			}
			who, _ := cmd.Flags().GetString(flagValidator)
			v, err := s.validator(subnet.Netuid, who)
			if err != nil {
				return err
			}
			p, err := s.planAdd(give, subnet, v)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	whereFlags(cmd, "whom to back: a name, a hotkey or a uid")
	cmd.Flags().StringSlice(flagValidators, nil, "whom to back with equal parts, at most 16: names, hotkeys or uids, such as 7,9,oak")
	slippageFlags(cmd, flagMinAlpha, "the least token that the trade must bring, exactly, such as 9.9alpha; instead of --slippage")
	return cmd
}

func (s *session) planAdd(give amount, subnet subnettypes.Subnet, v candidate) (plan, error) {
	msg := &staketypes.MsgAddStake{
		Owner: s.ctx.FromAddress.String(), Hotkey: v.Hotkey, Netuid: subnet.Netuid, Amount: give.coin(subnet.Netuid),
	}
	p := plan{verb: "stake add", msg: msg, about: s.about(subnet, v)}
	p.about = append(p.about, field{"paid", msg.Amount.String(), "you give", give.String()})
	root := subnet.Netuid == staketypes.RootNetuid
	switch {
	case root:
		if text, _ := s.cmd.Flags().GetString(flagMinAlpha); text != "" {
			return plan{}, fmt.Errorf("--%s: %w: nothing is traded there; leave it out", flagMinAlpha, errRoot)
		}
		lines, err := s.rootLines(v, give.Base)
		if err != nil {
			return plan{}, err
		}
		p.expect = append(sheet{{"quoted_alpha", base(give.Base), "you get", agon(give.Base) + ", staked at the root: no trade, no price"}}, lines...)
	case give.Unit == unitAgon:
		q, err := s.quote(subnet.Netuid, msg.Amount)
		if err != nil {
			return plan{}, err
		}
		out := q.Out.Amount.Uint64()
		if msg.MinAlpha, err = least(s.cmd, flagMinAlpha, unitAlpha, out); err != nil {
			return plan{}, err
		}
		lines, warn := quoted(q)
		p.warn = warn
		p.expect = append(p.expect, field{"quoted_alpha", base(out), "you get", plain(out) + " alpha, staked"})
		p.expect = append(p.expect, lines...)
		p.expect = append(p.expect,
			field{"quoted_fee", q.Fee.Amount.String(), "pool fee", agon(q.Fee.Amount.Uint64()) + ", in what you give"},
			floor("min_alpha", msg.MinAlpha, " alpha"),
		)
	default:
		p.expect = sheet{{"quoted_alpha", base(give.Base), "you get", plain(give.Base) + " alpha, staked: no trade, no price"}}
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgAddStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		out := sheet{{"alpha", base(r.Alpha), "you got", counted(r.Alpha, subnet.Netuid) + ", staked"}}
		if give.Unit == unitAgon && !root {
			out = append(out,
				field{"price", ratio(give.Base, r.Alpha), "price paid", ratio(give.Base, r.Alpha) + " AGON per token"},
				field{"fee", base(r.Fee), "pool fee", agon(r.Fee)},
			)
		}
		return out, nil
	}
	return p, nil
}
