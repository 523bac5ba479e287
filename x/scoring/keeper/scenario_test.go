package keeper_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/types"
)

var update = flag.Bool("update", false, "record what scenarios in testdata answer")

// A scenario is a text of commands, each with what the chain answered: lines after the command, up to an empty line.
//
//	subnet                    open the subnet, with the rules of markettest.Hyperparams
//	register n                give the n-th hotkey a uid
//	serve n                   publish its axon
//	stake n alpha             put alpha (base units) behind it
//	commit n uid=value …      examine the miners named, promise weights
//	copy n uid=value …        promise weights without having asked anybody
//	reveal n                  reveal the last promise
//	blocks count              run blocks
//	epoch                     run blocks until the epoch has ended
//	show                      the subnet as it stands
type scenario struct {
	m       *markettest.Market
	t       *testing.T
	last    map[int]promise
	heights map[int]int64
}

func (s *scenario) run(line string) string {
	words := strings.Fields(line)
	n := 0
	if len(words) > 1 {
		var err error
		n, err = strconv.Atoi(words[1])
		require.NoError(s.t, err, line)
	}
	switch words[0] {
	case "subnet":
		return fmt.Sprintf("netuid %d\n", s.m.CreateSubnet(markettest.Hyperparams()))
	case "register":
		return fmt.Sprintf("uid %d\n", s.m.Register(netuid, n))
	case "serve":
		s.m.Serve(netuid, n, markettest.ServiceKey(n, 0))
	case "stake":
		alpha, err := strconv.ParseUint(words[2], 10, 64)
		require.NoError(s.t, err, line)
		s.m.StakeToken(netuid, n, alpha)
	case "commit", "copy":
		p := asked
		row := s.row(words[2:])
		epoch := epochOf(s.m, s.t).Index
		leaves := examineAll(s.t, n, epoch, row, p.ReceiptsPerMiner)
		if words[0] == "copy" {
			p.ReceiptsPerMiner, p.Openings, leaves = 0, 0, nil
		}
		next := promised(s.t, n, epoch, row, leaves, p)
		err := tell(s.m, next.commit())
		if err == nil {
			s.last[n], s.heights[n] = next, s.m.Ctx.BlockHeight()
		}
		return answer(err)
	case "reveal":
		openings := asked.Openings
		if s.last[n].tree.Count() == 0 {
			openings = 0
		}
		return answer(tell(s.m, s.last[n].opened(s.t, s.heights[n], openings)))
	case "blocks":
		s.m.To(s.m.Ctx.BlockHeight() + int64(n))
	case "epoch":
		return s.epoch()
	case "show":
		return s.show()
	default:
		require.Fail(s.t, "no such command", line)
	}
	return "ok\n"
}

func (s *scenario) row(pairs []string) []types.Weight {
	var row []types.Weight
	for _, pair := range pairs {
		var w types.Weight
		_, err := fmt.Sscanf(pair, "%d=%d", &w.Uid, &w.Value)
		require.NoError(s.t, err, pair)
		row = append(row, w)
	}
	return row
}

// answer is a refusal by its registered name, which does not change with the wording.
func answer(err error) string {
	var registered *errorsmod.Error
	if errors.As(err, &registered) {
		return fmt.Sprintf("refused: %s %d, %s\n", registered.Codespace(), registered.ABCICode(), registered.Error())
	}
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	return "ok\n"
}

func (s *scenario) epoch() string {
	var b strings.Builder
	events := nextEpoch(s.m, s.t)
	for _, e := range markettest.Events[*types.EventCommitExpired](events) {
		fmt.Fprintf(&b, "expired: promise of epoch %d\n", e.Epoch)
	}
	for _, e := range markettest.Events[*types.EventEpochEnded](events) {
		fmt.Fprintf(&b, "epoch %d ended: %d validators, %d alpha\n", e.Index, e.Validators, e.Alpha)
	}
	return b.String()
}

func (s *scenario) show() string {
	var b strings.Builder
	g := metagraph(s.m, s.t)
	fmt.Fprintf(&b, "height %d, epoch %d until %d\n", g.Height, g.Epoch.Index, g.Epoch.DueAt)
	c := g.Columns
	fmt.Fprintf(&b, "%3s %12s %6s %6s %9s %9s %6s %11s  %s\n", "uid", "stake", "update", "permit", "consensus", "incentive", "divid.", "emission", "weights")
	for uid := range g.Hotkeys {
		fmt.Fprintf(&b, "%3d %12d %6d %6t %9d %9d %6d %11d ", uid, g.Stake[uid], c.LastUpdate[uid], c.Permits[uid],
			c.Consensus[uid], c.Incentive[uid], c.Dividends[uid], c.Emission[uid])
		for _, w := range rowOf(s.m, s.t, uint32(uid)) {
			fmt.Fprintf(&b, " %d=%d", w.Uid, w.Value)
		}
		b.WriteString("\n")
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func TestScenario(t *testing.T) {
	const file = "testdata/copier.txt"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	s := &scenario{m: markettest.New(t, markettest.Config{}), t: t, last: map[int]promise{}, heights: map[int]int64{}}
	var got strings.Builder
	answering := false
	for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			got.WriteString(line + "\n")
		case strings.TrimSpace(line) == "":
			got.WriteString("\n")
			answering = false
		case !answering:
			got.WriteString(line + "\n" + s.run(line))
			answering = true
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
		return
	}
	require.Equal(t, string(text), got.String(), "if the new answers are right, record them with -update")
}
