package verbs

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/display"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagEpochs = "epochs"
	// maxEpochs bounds the rows of a reward history: each asks the node three times.
	maxEpochs = 200
)

func rewardsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rewards WHO",
		Short: "Show what a validator or miner was paid, epoch by epoch",
		Long: `Show what the newest epochs paid a hotkey, in each subnet in which it holds a uid: the token, what it was worth at the price of the block that paid
it, and the shares of incentive (for serving) and dividends (for judging) that it came from. WHO is a name, a hotkey, or with --subnet a uid.

It is read from the state that the node keeps of those blocks: a node that has dropped old state shows fewer epochs, an archive node all. What a
uid is paid is its own, its backers' and its parents' together; agond portfolio shows what is whose.`,
		Example: `agond rewards oak
agond rewards oak --subnet 3 --epochs 50
agond rewards 7 --subnet LANG --output json | jq -r '.subnets[].epochs[].alpha'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			many, _ := cmd.Flags().GetUint(flagEpochs)
			if many == 0 || many > maxEpochs {
				return fmt.Errorf("--%s is %d, want 1 to %d", flagEpochs, many, maxEpochs)
			}
			r, err := s.rewards(args[0], int(many))
			if err != nil {
				return err
			}
			return s.print(r, r.text)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	askFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "one subnet alone, by number, symbol or name")
	cmd.Flags().Uint(flagEpochs, 10, fmt.Sprintf("how many epochs to go back, at most %d", maxEpochs))
	completeSubnet(cmd, flagSubnet)
	return cmd
}

// rewards are what somebody was paid in his subnets.
type rewards struct {
	Subnets []earnings `json:"subnets"`
}

// earnings are what epochs of one subnet paid a hotkey, the newest first. Amounts are base units.
type earnings struct {
	Netuid uint32   `json:"netuid"`
	Symbol string   `json:"symbol"`
	Hotkey string   `json:"hotkey"`
	Names  []string `json:"names"`
	Epochs []earned `json:"epochs"`
	// Alpha is the sum of the token, Agon what it was worth when it was paid.
	Alpha uint64 `json:"alpha,string"`
	Agon  uint64 `json:"agon,string"`
	// Pruned says that the node has dropped the state of earlier epochs.
	Pruned bool `json:"pruned"`
}

// earned is what one epoch paid. Incentive and Dividends are fractions of 65535.
type earned struct {
	// Epoch is the index of the epoch that ended with Block.
	Epoch     uint64 `json:"epoch,string"`
	Block     int64  `json:"block"`
	UID       uint16 `json:"uid"`
	Stake     uint64 `json:"stake,string"`
	Incentive uint16 `json:"incentive"`
	Dividends uint16 `json:"dividends"`
	Permit    bool   `json:"permit"`
	Alpha     uint64 `json:"alpha,string"`
	Agon      uint64 `json:"agon,string"`
}

// rewards of somebody, in the subnet that --subnet names or in all in which he holds a uid.
func (s *session) rewards(who string, many int) (rewards, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	if _, err := strconv.ParseUint(who, 10, 32); err == nil && which == "" {
		return rewards{}, fmt.Errorf("%s is a uid, which is of one subnet: say which with --%s", who, flagSubnet)
	}
	var names []string
	if which != "" {
		names = []string{which}
	}
	subnets, err := s.some(names)
	if err != nil {
		return rewards{}, err
	}
	out := rewards{Subnets: []earnings{}}
	for _, subnet := range subnets {
		c, err := s.validator(subnet.Netuid, who)
		if errors.Is(err, errNobody) && which == "" {
			continue
		}
		if err != nil {
			return out, err
		}
		e, err := s.earnings(subnet, c, many)
		if err != nil {
			return out, err
		}
		out.Subnets = append(out.Subnets, e)
	}
	if len(out.Subnets) == 0 {
		return out, fmt.Errorf("%q in %d subnets: %w; agond validators SUBNET --all lists everybody", who, len(subnets), errNobody)
	}
	return out, nil
}

// earnings walks back from epoch to epoch: the state of the block with which one ended has its results, that of the block before
// says when the one before ended.
func (s *session) earnings(subnet subnettypes.Subnet, c candidate, many int) (earnings, error) {
	out := earnings{Netuid: subnet.Netuid, Symbol: subnet.Symbol, Hotkey: c.Hotkey, Names: append([]string{}, c.Names...), Epochs: []earned{}}
	height, err := s.height(s.cmd.Context())
	if err != nil {
		return out, err
	}
	bar := newProgress(s.cmd.ErrOrStderr(), terminal(s.cmd.ErrOrStderr()), "")
	defer bar.end()
	for len(out.Epochs) < many && height > 0 {
		e, err := scoringtypes.NewQueryClient(s.ctx.WithHeight(height)).Epoch(s.cmd.Context(), &scoringtypes.QueryEpochRequest{Netuid: subnet.Netuid})
		switch {
		case chain.NotFound(err):
			return out, nil
		case err != nil && dropped(err):
			out.Pruned = true
			return out, nil
		case err != nil:
			return out, fmt.Errorf("ask for the epoch of subnet %d at block %d: %w", subnet.Netuid, height, err)
		case e.Epoch.LastStepBlock == 0:
			return out, nil
		}
		block := e.Epoch.LastStepBlock
		row, held, err := s.earnedAt(subnet.Netuid, c.Hotkey, block)
		switch {
		case err != nil && dropped(err):
			out.Pruned = true
			return out, nil
		case err != nil:
			return out, err
		case !held:
			return out, nil // the hotkey came later
		}
		out.Epochs = append(out.Epochs, row)
		out.Alpha, out.Agon = out.Alpha+row.Alpha, out.Agon+row.Agon
		bar.say(fmt.Sprintf("subnet %d: %d of %d epochs", subnet.Netuid, len(out.Epochs), many))
		height = block - 1
	}
	return out, nil
}

// earnedAt is what the epoch that ended with a block paid a hotkey; false if it held no uid then.
func (s *session) earnedAt(netuid uint32, hotkey string, block int64) (earned, bool, error) {
	ctx := s.ctx.WithHeight(block)
	r, err := scoringtypes.NewQueryClient(ctx).Metagraph(s.cmd.Context(), &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
	if err != nil {
		return earned{}, false, fmt.Errorf("ask for the results of subnet %d at block %d: %w", netuid, block, err)
	}
	m, err := chain.DecodeMetagraph(r)
	if err != nil {
		return earned{}, false, err
	}
	n, held := m.ByHotkey(hotkey)
	if !held || n.RegisteredAt > block {
		return earned{}, false, nil
	}
	out := earned{
		Epoch: m.Epoch.Index - 1, Block: block, UID: n.UID, Stake: n.Stake, Incentive: n.Incentive, Dividends: n.Dividends, Permit: n.Permit, Alpha: n.Emission,
	}
	p, err := staketypes.NewQueryClient(ctx).Pool(s.cmd.Context(), &staketypes.QueryPoolRequest{Netuid: netuid})
	if err != nil {
		return earned{}, false, fmt.Errorf("ask for the price of subnet %d at block %d: %w", netuid, block, err)
	}
	out.Agon = worth(out.Alpha, p.Info.Pool.Reserves().PriceQ32())
	return out, true, nil
}

// worth is token at a price with 32 fractional bits, rounded down.
func worth(alpha, priceQ32 uint64) uint64 {
	v := new(big.Int).Mul(new(big.Int).SetUint64(alpha), new(big.Int).SetUint64(priceQ32))
	if v.Rsh(v, 32); !v.IsUint64() {
		return ^uint64(0)
	}
	return v.Uint64()
}

func (r rewards) text() string {
	out := ""
	for i, e := range r.Subnets {
		if i > 0 {
			out += "\n\n"
		}
		out += e.text()
	}
	return out
}

func (e earnings) text() string {
	who := e.Hotkey
	if len(e.Names) > 0 {
		who = e.Names[0]
	}
	if len(e.Epochs) == 0 && !e.Pruned {
		return fmt.Sprintf("No epoch of subnet %d has paid since %s is there.", e.Netuid, who)
	}
	t := newTable(fmt.Sprintf("What %s was paid in subnet %d, in %s", who, e.Netuid, e.Symbol),
		table.Row{"epoch", "block", "uid", "stake", "incentive", "dividends", "permit", "paid", "worth AGON"})
	mark := map[bool]string{true: "yes"}
	paid := make([]uint64, len(e.Epochs))
	for i, row := range e.Epochs {
		paid[len(paid)-1-i] = row.Alpha
		t.AppendRow(table.Row{
			row.Epoch, row.Block, row.UID, column(row.Stake), fraction(uint64(row.Incentive)), fraction(uint64(row.Dividends)), mark[row.Permit], column(row.Alpha), column(row.Agon),
		})
	}
	t.AppendFooter(table.Row{"all", "", "", "", "", "", "", column(e.Alpha), column(e.Agon)})
	out := t.Render()
	if len(paid) > 1 {
		out += "\n" + display.Sparkline(paid)
	}
	if e.Pruned {
		out += "\nthe node keeps no state of earlier epochs: ask an archive node with --node"
	}
	return out
}
