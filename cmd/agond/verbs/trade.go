package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagSubnet    = "subnet"
	flagValidator = "validator"
	flagSlippage  = "slippage"

	// defaultSlippage is what a trade may bring less than its quote.
	defaultSlippage = "1%"
	// steep is the impact from which on a trade is worth a second thought, in basis points.
	steep = 500
)

// whereFlags add --subnet and --validator, with completion.
func whereFlags(cmd *cobra.Command, validator string) {
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name; or root, where AGON itself is staked (required)")
	cmd.Flags().String(flagValidator, "", validator)
	completePlace(cmd, flagSubnet)
	completeValidator(cmd)
}

// slippageFlags add what bounds a trade: a part of a fresh quote, or an exact amount.
func slippageFlags(cmd *cobra.Command, exact, usage string) {
	cmd.Flags().String(flagSlippage, defaultSlippage, "how much less than quoted a trade may bring; 100% for no limit")
	cmd.Flags().String(exact, "", usage)
	cmd.MarkFlagsMutuallyExclusive(flagSlippage, exact)
}

// least is what a trade has to bring, from the quote of what it would bring now.
func least(cmd *cobra.Command, exact string, want unit, quoted uint64) (uint64, error) {
	if text, _ := cmd.Flags().GetString(exact); text != "" {
		return parseUnit(exact, text, want)
	}
	text, _ := cmd.Flags().GetString(flagSlippage)
	points, err := parsePercent(text)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flagSlippage, err)
	}
	return limit(quoted, points), nil
}

// limit is the least that a trade has to bring; 0, which the chain takes as none, only if everything may be lost.
func limit(quoted, slippage uint64) uint64 {
	if slippage >= bps {
		return 0
	}
	return max(part(quoted, bps-slippage), 1)
}

// quote asks what a trade would bring now.
func (s *session) quote(netuid uint32, in sdk.Coin) (*staketypes.QueryQuoteResponse, error) {
	return s.stake().Quote(s.cmd.Context(), &staketypes.QueryQuoteRequest{Netuid: netuid, Amount: in.String()})
}

// quoted are a quote's lines: prices and impact for everybody, with a warning where the trade moves the price far.
func quoted(q *staketypes.QueryQuoteResponse) (lines sheet, warn string) {
	lines = sheet{
		{"price_before", q.PriceBefore, "price now", q.PriceBefore + " AGON per token"},
		{"price_after", q.PriceAfter, "price after", q.PriceAfter + " AGON per token"},
		{"impact_bps", q.ImpactBps, "impact", percent(uint64(q.ImpactBps)) + " worse than the price now, for the size of the trade"},
	}
	if q.ImpactBps >= steep {
		warn = "the pool is small for this trade: several smaller ones over time cost less"
	}
	return lines, warn
}

// floor is the line that says how little a trade may bring.
func floor(name string, v uint64, unit string) field {
	if v == 0 {
		return field{name, base(0), "at least", "anything: no limit is set"}
	}
	return field{name, base(v), "at least", plain(v) + unit + ", or nothing is done"}
}

// about says who trades where with whom.
func (s *session) about(subnet subnettypes.Subnet, v candidate) sheet {
	lines := sheet{
		{"account", s.ctx.FromAddress.String(), "account", s.ctx.FromAddress.String() + " (" + s.ctx.FromName + ")"},
		subnetLine(subnet),
		{"hotkey", v.Hotkey, "validator", v.String()},
	}
	if v.UID != noUID {
		lines = append(lines, field{name: "uid", value: v.UID})
	}
	return lines
}

func subnetLine(n subnettypes.Subnet) field {
	if n.Netuid == staketypes.RootNetuid {
		return field{"netuid", n.Netuid, "subnet", "root (AGON itself, in every subnet)"}
	}
	return field{"netuid", n.Netuid, "subnet", fmt.Sprintf("%d (%s, %s)", n.Netuid, n.Symbol, n.Identity.Name)}
}
