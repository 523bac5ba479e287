package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagMinAgon   = "min-agon"
	flagKeepToken = "keep-token"
)

func stakeRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove AMOUNT|PERCENT|all --subnet SUBNET [--validator WHO]",
		Short: "Take stake back and sell it for AGON, or keep the token",
		Long: `Take stake back from behind a validator and sell it for AGON; with --keep-token the subnet's token itself is paid out. How much is
an amount of the token (5alpha), a part of the position (50%) or all. --validator can be left out where you back only one in the
subnet. --subnet root takes root stake back, which is AGON as it is; in a dissolved subnet a token gets its part of what the subnet left. With --all-subnets it is all, or a part, of each of your positions anywhere, in one transaction, each with its own limit: the 16 most
valuable, run it again for others. Stake is never locked.`,
		Example: `agond stake remove 50% --subnet 3
agond stake remove 5alpha --subnet 3 --validator 7 --min-agon 4.9agon
agond stake remove all --subnet LANG --keep-token --yes
agond stake remove 5agon --subnet root
agond stake remove all --all-subnets --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if everywhere, _ := cmd.Flags().GetBool(flagAllSubnets); everywhere {
				s, p, err := openEverywhere(cmd, args[0])
				if err != nil {
					return err
				}
				return s.carryOut(p)
			}
			s, from, err := openSource(cmd, args[0])
			if err != nil {
				return err
			}
			keep, _ := cmd.Flags().GetBool(flagKeepToken)
			p, err := s.planRemove(from, keep)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	whereFlags(cmd, "whom you back: a name, a hotkey or a uid")
	slippageFlags(cmd, flagMinAgon, "the least AGON that the trade must bring, exactly, such as 9.9agon; instead of --slippage")
	cmd.Flags().Bool(flagAllSubnets, false, "take it out of every position in every subnet")
	cmd.Flags().Bool(flagKeepToken, false, "be paid the subnet's token instead of AGON")
	return cmd
}

func (s *session) planRemove(from source, keep bool) (plan, error) {
	netuid, alpha := from.subnet.Netuid, from.alpha
	msg := &staketypes.MsgRemoveStake{
		Owner: s.ctx.FromAddress.String(), Hotkey: from.behind.Hotkey, Netuid: netuid, Alpha: from.ask, KeepToken: keep,
	}
	p := plan{verb: "stake remove", msg: msg, about: s.about(from.subnet, from.behind)}
	p.expect = sheet{from.line("you take back")}
	switch {
	case keep && netuid == staketypes.RootNetuid:
		return plan{}, fmt.Errorf("--%s: %w: what is staked there is AGON", flagKeepToken, errRoot)
	case keep:
		p.expect = append(p.expect, field{"", nil, "you get", plain(alpha) + " alpha as coins: no trade, no price"})
	case netuid == staketypes.RootNetuid || from.subnet.DissolvedAt > 0:
		if err := s.expectAgon(&p, msg, from.subnet); err != nil {
			return plan{}, err
		}
	default:
		q, err := s.quote(netuid, staketypes.Alpha(netuid, alpha))
		if err != nil {
			return plan{}, err
		}
		out := q.Out.Amount.Uint64()
		if msg.MinAgon, err = least(s.cmd, flagMinAgon, unitAgon, out); err != nil {
			return plan{}, err
		}
		lines, warn := quoted(q)
		p.warn = warn
		p.expect = append(p.expect, field{"quoted_agon", base(out), "you get", agon(out)})
		p.expect = append(p.expect, lines...)
		p.expect = append(p.expect,
			field{"quoted_fee", q.Fee.Amount.String(), "pool fee", plain(q.Fee.Amount.Uint64()) + " alpha, in what you sell"},
			floor("min_agon", msg.MinAgon, " AGON"),
		)
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgRemoveStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		out := sheet{{"alpha", base(r.Alpha), "you took back", counted(r.Alpha, netuid)}}
		if keep {
			return append(out, field{"", nil, "you got", plain(r.Alpha) + " alpha as coins"}), nil
		}
		if from.subnet.DissolvedAt > 0 || netuid == staketypes.RootNetuid {
			return append(out, field{"agon", base(r.Agon), "you got", agon(r.Agon)}), nil
		}
		return append(out,
			field{"agon", base(r.Agon), "you got", agon(r.Agon)},
			field{"price", ratio(r.Agon, r.Alpha), "price got", ratio(r.Agon, r.Alpha) + " AGON per token"},
			field{"fee", base(r.Fee), "pool fee", plain(r.Fee) + " alpha"},
		), nil
	}
	return p, nil
}

// expectAgon asks the chain what a removal without a trade would pay: root stake is AGON, and a dissolved subnet's token gets its part
// of the pot.
func (s *session) expectAgon(p *plan, msg *staketypes.MsgRemoveStake, n subnettypes.Subnet) error {
	preview, err := s.stake().Preview(s.cmd.Context(), &staketypes.QueryPreviewRequest{Flow: &staketypes.QueryPreviewRequest_Remove{Remove: msg}})
	if err != nil {
		return err
	}
	if !preview.Received.Amount.IsUint64() {
		return errors.New("the node's preview of the removal makes no sense; ask another with --node")
	}
	out := preview.Received.Amount.Uint64()
	if msg.MinAgon, err = least(s.cmd, flagMinAgon, unitAgon, out); err != nil {
		return err
	}
	text := agon(out) + ": no trade, no price"
	if n.DissolvedAt > 0 {
		pot, err := s.pot(n.Netuid)
		if err != nil {
			return err
		}
		text = agon(out) + ", " + pot.Rate + " for each " + n.Symbol
		p.about = append(p.about, field{"dissolved_at", n.DissolvedAt, "dissolved", fmt.Sprintf("in block %d: each token gets its part of what the subnet left", n.DissolvedAt)})
	}
	p.expect = append(p.expect, field{"quoted_agon", base(out), "you get", text}, floor("min_agon", msg.MinAgon, " AGON"))
	return nil
}
