package verbs

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/display"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagHistory = "history"
	flagBlocks  = "blocks"
	flagPoints  = "points"
	// maxPoints bounds the rows of a history.
	maxPoints = 200
)

// errNoHistory says that there are no two heights to compare.
var errNoHistory = errors.New("no price history")

// historyFlags are those of price --history.
func historyFlags(cmd *cobra.Command) {
	cmd.Flags().Bool(flagHistory, false, "show one subnet's mean price over time, from the state that the node keeps")
	cmd.Flags().Uint64(flagBlocks, 7200, "how many blocks the history goes back")
	cmd.Flags().Uint(flagPoints, 24, fmt.Sprintf("how many rows the history has, at most %d", maxPoints))
}

// reading is what a pool's summed price says at one height.
type reading struct {
	height int64
	// sum of the price of each block, 32 fractional bits, up to the height.
	sum *big.Int
}

// history is a price over time.
type history struct {
	Netuid uint32 `json:"netuid"`
	Symbol string `json:"symbol"`
	// Asked is the height from which it was asked for, KeptFrom the first of which the node or the pool says something.
	Asked    int64  `json:"asked_from"`
	KeptFrom int64  `json:"kept_from"`
	Pruned   bool   `json:"pruned"`
	Means    []mean `json:"means"`
}

// mean is the average price of the blocks behind From, up to To. Price is in AGON in parts of 10^9.
type mean struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Price string `json:"price"`

	nagon uint64
}

// history asks for the pool at evenly spaced heights.
func (s *session) history(subnet subnettypes.Subnet) (history, error) {
	back, _ := s.cmd.Flags().GetUint64(flagBlocks)
	points, _ := s.cmd.Flags().GetUint(flagPoints)
	if back == 0 || points == 0 || points > maxPoints {
		return history{}, fmt.Errorf("--%s is %d and --%s %d, want at least 1 block and 1 to %d points", flagBlocks, back, flagPoints, points, maxPoints)
	}
	now, err := s.height(s.cmd.Context())
	if err != nil {
		return history{}, err
	}
	at := heights(now, back, points)
	found := make([]*reading, len(at))
	pruned := make([]bool, len(at))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, height := range at {
		group.Go(func() (err error) {
			found[i], pruned[i], err = s.reading(subnet.Netuid, height)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return history{}, err
	}
	out := history{Netuid: subnet.Netuid, Symbol: subnet.Symbol, Asked: at[0]}
	var kept []reading
	for i, r := range found {
		out.Pruned = out.Pruned || pruned[i]
		if r != nil {
			kept = append(kept, *r)
		}
	}
	if len(kept) < 2 {
		return history{}, fmt.Errorf("%w: of %d heights from %d to %d the node has the pool of subnet %d at %d; ask an archive node with --node, or fewer --%s",
			errNoHistory, len(at), at[0], now, subnet.Netuid, len(kept), flagBlocks)
	}
	out.KeptFrom = kept[0].height
	out.Means = means(kept)
	return out, nil
}

// heights are evenly spaced, ascending, and end now; the first is at least 1.
func heights(now int64, back uint64, points uint) []int64 {
	first := now - int64(min(back, uint64(now-1)))
	var out []int64
	for i := range points + 1 {
		h := first + (now-first)*int64(i)/int64(points)
		if len(out) == 0 || h > out[len(out)-1] {
			out = append(out, h)
		}
	}
	return out
}

// reading of a pool at a height; nil where there was no pool, or where the node has dropped the state, which is then said.
func (s *session) reading(netuid uint32, height int64) (r *reading, pruned bool, err error) {
	client := staketypes.NewQueryClient(s.ctx.WithHeight(height))
	answer, err := client.Pool(s.cmd.Context(), &staketypes.QueryPoolRequest{Netuid: netuid})
	switch {
	case chain.NotFound(err):
		return nil, false, nil
	case err != nil && dropped(err):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	return readPool(answer.Info.Pool, height), false, nil
}

// dropped says that a node has no state of a height any more.
func dropped(err error) bool {
	text := err.Error()
	return strings.Contains(text, "version") || strings.Contains(text, "pruned") || strings.Contains(text, "not available")
}

// readPool counts the present price up to a height, as the chain does when it next changes.
func readPool(p staketypes.Pool, height int64) *reading {
	sum := new(big.Int).Lsh(new(big.Int).SetUint64(p.PriceCumulative.Hi), 64)
	sum.Add(sum, new(big.Int).SetUint64(p.PriceCumulative.Lo))
	if height > p.PriceBlock {
		since := new(big.Int).SetUint64(p.Reserves().PriceQ32())
		sum.Add(sum, since.Mul(since, big.NewInt(height-p.PriceBlock)))
	}
	return &reading{height, sum}
}

// means between one reading and the next.
func means(kept []reading) []mean {
	var out []mean
	for i, r := range kept[1:] {
		before := kept[i]
		v := new(big.Int).Sub(r.sum, before.sum)
		v.Mul(v, big.NewInt(whole)).Div(v, big.NewInt(r.height-before.height)).Rsh(v, 32)
		out = append(out, mean{From: before.height, To: r.height, Price: plain(v.Uint64()), nagon: v.Uint64()})
	}
	return out
}

func (h history) text() string {
	t := newTable(fmt.Sprintf("Price of %s (subnet %d) in AGON: means of blocks", h.Symbol, h.Netuid), table.Row{"from", "to", "mean price", "change"})
	values := make([]uint64, len(h.Means))
	for i, m := range h.Means {
		values[i] = m.nagon
		change := ""
		if i > 0 {
			change = drift(h.Means[i-1].nagon, m.nagon)
		}
		t.AppendRow(table.Row{m.From, m.To, m.Price, change})
	}
	out := t.Render() + "\n" + display.Sparkline(values)
	switch {
	case h.KeptFrom == h.Asked:
	case h.Pruned:
		out += fmt.Sprintf("\nthe node keeps no state of the blocks before %d: ask an archive node with --node", h.KeptFrom)
	default:
		out += fmt.Sprintf("\nthe subnet is younger than block %d", h.KeptFrom)
	}
	return out
}

// drift is by how much a price changed, in percent, cut.
func drift(from, to uint64) string {
	if from == 0 {
		return "-"
	}
	sign, by := "+", to-from
	if to < from {
		sign, by = "-", from-to
	}
	v := new(big.Int).SetUint64(by)
	v.Mul(v, big.NewInt(bps)).Div(v, new(big.Int).SetUint64(from))
	if !v.IsUint64() {
		return "-"
	}
	return sign + percent(v.Uint64())
}
