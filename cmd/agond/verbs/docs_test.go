package verbs

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/stake/pool"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// TestHoldersPage reckons every number of the page's examples again.
func TestHoldersPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/holders.md")
	require.NoError(t, err)
	says := func(text string) { t.Helper(); require.Contains(t, string(page), text) }
	const fee = 5
	price := func(p pool.Pool) string { return ratio(p.AGON, p.Alpha) }

	p, err := pool.New(10_000*whole, 10_000*whole)
	require.NoError(t, err)
	for _, agonIn := range []uint64{10, 100, 1000} {
		next, trade, err := p.Buy(agonIn*whole, fee, 0)
		require.NoError(t, err)
		lost := p.AlphaFor(agonIn*whole) - trade.Out
		impact := (lost*bps + trade.Out - 1) / trade.Out
		says("| " + agon(agonIn*whole) + " | " + agon(trade.Fee) + " | " + plain(trade.Out) + " | " + ratio(agonIn*whole, trade.Out) + " | " +
			price(next) + " | " + percent(impact) + " | " + plain(limit(trade.Out, 100)) + " |")
	}

	bought, trade, err := p.Buy(10*whole, fee, 0)
	require.NoError(t, err)
	_, back, err := bought.Sell(trade.Out, fee, 0)
	require.NoError(t, err)
	says("brings " + agon(back.Out) + " back")
	says(agon(10*whole-back.Out) + " for the round trip")
	_, half, err := bought.Sell(part(trade.Out, 5000), fee, 0)
	require.NoError(t, err)
	says("half of it, " + plain(part(trade.Out, 5000)) + " LANG, brings " + agon(half.Out))

	// Root stake: what it counts for, and the most that an epoch sells for it.
	params := staketypes.DefaultParams()
	says("100 AGON count as " + plain(part(100*whole, uint64(params.RootWeightBps))) + " tokens")
	says("sells at most " + percent(uint64(params.RootSaleBps)) + " of the token")
	sold := part(10_000*whole, uint64(params.RootSaleBps))
	_, rootSale, err := p.Sell(sold, fee, 0)
	require.NoError(t, err)
	says("is " + plain(sold) + " LANG, which bring " + agon(rootSale.Out))
	says(strconv.Itoa(int(params.RootSeats)) + " of them")

	// A dissolved subnet's pot.
	pot := remains{9000 * whole, 4000 * whole}
	says("a LANG is " + ratio(pot.agon, pot.supply) + " AGON, and 100 LANG are " + agon(pot.redeem(100*whole)))

	// Dividends raise a share: what is behind a hotkey grows, the number of shares does not.
	const behind, dividends, take, mine = 1000 * whole, 50 * whole, 1800, 100 * whole
	kept := part(dividends, take)
	require.EqualValues(t, 9*whole, kept)
	says("keeps " + plain(kept) + " LANG")
	says("becomes " + plain(mine+(dividends-kept)/(behind/mine)) + " LANG")
}

// TestHoldersPageCounts counts the characters of each command of the page's comparison, and finds ours and those of its examples in the
// tree.
func TestHoldersPageCounts(t *testing.T) {
	page, err := os.ReadFile("../../../docs/holders.md")
	require.NoError(t, err)
	root := &cobra.Command{Use: "agond"}
	root.AddCommand(Commands()...)
	found := 0
	takes := func(line string) {
		t.Helper()
		cmd, args, err := root.Find(strings.Fields(line)[1:])
		require.NoError(t, err, line)
		require.NoError(t, cmd.ParseFlags(args), line)
		require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), line)
		require.True(t, cmd.Runnable(), line)
		found++
	}
	for _, line := range regexp.MustCompile("(?m)^agond [^#\n]+").FindAllString(string(page), -1) {
		takes(line)
	}
	require.Greater(t, found, 5)
	for _, m := range regexp.MustCompile("`([^`]+)` \\(([0-9]+)\\)").FindAllStringSubmatch(string(page), -1) {
		require.Equal(t, strconv.Itoa(len(m[1])), m[2], m[1])
		if strings.HasPrefix(m[1], "agond ") {
			takes(m[1])
		}
	}
	require.Greater(t, found, 30)
}
