package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const flagToSubnet = "to-subnet"

func stakeSwapCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "swap AMOUNT|PERCENT|all --subnet SUBNET [--validator WHO] --to-subnet SUBNET [--to WHO]",
		Short: "Leave one subnet for another, or for the root, in one step",
		Long: `Sell stake in one subnet and stake what it brings in another, in one transaction: both trades are made or none. Without --to the same
hotkey is backed there. The limit is on what is staked in the end. Either can be root, whose stake is AGON, so that there is one trade.`,
		Example: `agond stake swap 50% --subnet 3 --to-subnet 5 --to "Alice's validator"
agond stake swap all --subnet LANG --to-subnet CODE --slippage 0.5% --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, from, err := openSource(cmd, args[0])
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagToSubnet)
			if which == "" {
				return errors.New("say which subnet to go to with --to-subnet NETUID, SYMBOL or NAME: agond subnet list shows them")
			}
			subnet, err := s.place(which)
			if err != nil {
				return err
			}
			who, _ := cmd.Flags().GetString(flagTo)
			if who == "" {
				who = from.behind.Hotkey
			}
			to, err := s.validator(subnet.Netuid, who)
			if err != nil {
				return err
			}
			p, err := s.planSwap(from, subnet, to)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	whereFlags(cmd, "whom you back now: a name, a hotkey or a uid")
	cmd.Flags().String(flagToSubnet, "", "the subnet to go to, by number, symbol or name (required)")
	completePlace(cmd, flagToSubnet)
	cmd.Flags().String(flagTo, "", "whom to back there: a name, a hotkey or a uid; the same hotkey if left out")
	slippageFlags(cmd, flagMinAlpha, "the least token of the other subnet that must come out, exactly, such as 9.9alpha (9.9agon at the root); instead of --slippage")
	return cmd
}

func (s *session) planSwap(from source, subnet subnettypes.Subnet, to candidate) (plan, error) {
	msg := &staketypes.MsgSwapStake{
		Owner: s.ctx.FromAddress.String(), Hotkey: from.behind.Hotkey, Netuid: from.subnet.Netuid,
		ToHotkey: to.Hotkey, ToNetuid: subnet.Netuid, Alpha: from.ask,
	}
	preview, err := s.stake().Preview(s.cmd.Context(), &staketypes.QueryPreviewRequest{Flow: &staketypes.QueryPreviewRequest_Swap{Swap: msg}})
	if err != nil {
		return plan{}, err
	}
	if !preview.Received.Amount.IsUint64() || len(preview.Trades) == 0 {
		return plan{}, errors.New("the node's preview of the swap makes no sense; ask another with --node")
	}
	out := preview.Received.Amount.Uint64()
	if msg.MinAlpha, err = least(s.cmd, flagMinAlpha, unitOf(subnet.Netuid), out); err != nil {
		return plan{}, err
	}
	p := plan{verb: "stake swap", msg: msg, about: s.about(from.subnet, from.behind), expect: sheet{from.line("you sell")}}
	p.about = append(p.about,
		field{"to_netuid", subnet.Netuid, "to subnet", subnetLine(subnet).text},
		field{"to_hotkey", to.Hotkey, "to validator", to.String()},
	)
	p.expect = append(p.expect, field{"quoted_out", base(out), "you get", plain(out) + " " + subnet.Symbol + ", staked"})
	for _, trade := range preview.Trades {
		label := "purchase"
		if trade.Netuid == from.subnet.Netuid {
			label = "sale"
		}
		p.expect = append(p.expect, field{
			label + "_impact_bps", trade.ImpactBps, label,
			fmt.Sprintf("price %s to %s AGON, impact %s", trade.PriceBefore, trade.PriceAfter, percent(uint64(trade.ImpactBps))),
		})
		if trade.ImpactBps >= steep {
			p.warn = "a pool is small for this trade: several smaller ones over time cost less"
		}
	}
	p.expect = append(p.expect, floor("min_alpha", msg.MinAlpha, " "+subnet.Symbol))
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgSwapStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{
			{"alpha_sold", base(r.AlphaSold), "you sold", plain(r.AlphaSold) + " " + from.subnet.Symbol},
			{"agon", base(r.Agon), "for", agon(r.Agon)},
			{"alpha", base(r.Alpha), "you got", plain(r.Alpha) + " " + subnet.Symbol + ", staked"},
			{"sale_fee", base(r.SaleFee), "pool fees", plain(r.SaleFee) + " " + from.subnet.Symbol + " and " + agon(r.PurchaseFee)},
			{name: "purchase_fee", value: base(r.PurchaseFee)},
		}, nil
	}
	return p, nil
}
