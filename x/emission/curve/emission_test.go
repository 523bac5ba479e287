package curve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// splitExamples are worked examples of the rule of emission; each result was reckoned by hand.
var splitExamples = []struct {
	name     string
	issuance uint64
	others   float64 // weights of the other subnets together
	average  float64 // price average of this one
	burned   uint32  // of its miners' emission, in basis points
	want     Split   // without Weight
	weight   float64
}{
	{"alone", 0, 0, 1, 0, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000, Subnet: 930_000_000}, 1},
	{"alone, burns half", 0, 0, 1, 5_000, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000, Subnet: 930_000_000}, 0.5},
	{"alone, burns all", 0, 0, 1, 10_000, Split{Minted: 70_000_000, Security: 50_000_000, Community: 20_000_000, Unminted: 930_000_000}, 0},
	{"beside one as dear", 0, 1, 1, 0, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000, Subnet: 465_000_000}, 1},
	{"beside it, burns half", 0, 1, 1, 5_000, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000, Subnet: 310_000_000}, 0.5},
	{"beside it, burns all", 0, 1, 1, 10_000, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000}, 0},
	{"twice as dear, burns half", 0, 1, 2, 5_000, Split{Minted: 1_000_000_000, Security: 50_000_000, Community: 20_000_000, Subnets: 930_000_000, Subnet: 465_000_000}, 1},
	{"half of the cap is out", Cap / 2, 3, 1, 0, Split{Minted: 500_000_000, Security: 25_000_000, Community: 10_000_000, Subnets: 465_000_000, Subnet: 116_250_000}, 1},
	{"7/8 of it", Cap / 8 * 7, 3, 1, 2_000, Split{Minted: 125_000_000, Security: 6_250_000, Community: 2_500_000, Subnets: 116_250_000, Subnet: 24_473_684}, 0.8},
	{"all of it", Cap, 3, 1, 0, Split{}, 1},
}

var exampleRule = Rule{SecurityBps: 500, CommunityBps: 200}

func TestSplitBlockExamples(t *testing.T) {
	table := "| example | issuance, AGON | price average | burned | weight | the others' | minted | security | community | all subnets | this subnet |\n" +
		strings.Repeat("|---", 11) + "|\n"
	coins := func(v uint64) string {
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%09d", v/UnitsPerToken, v%UnitsPerToken), "0"), ".")
	}
	for _, c := range splitExamples {
		s, err := SplitBlock(c.issuance, uint64(c.others*float64(OneQ32)), Subnet{PriceAverage: q64(c.average), BurnedBps: c.burned}, exampleRule)
		require.NoError(t, err, c.name)
		// A part of 1/10 has no end in binary.
		require.InDelta(t, c.weight*float64(OneQ32), float64(s.Weight), 1, c.name)
		c.want.Weight = s.Weight
		require.Equal(t, c.want, s, c.name)
		table += fmt.Sprintf("| %s | %s | %g | %d %% | %g | %g | %s | %s | %s | %s | %s |\n", c.name, coins(c.issuance), c.average, c.burned/100, c.weight, c.others,
			coins(s.Minted), coins(s.Security), coins(s.Community), coins(s.Subnets), coins(s.Subnet))
	}
	raw, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)(<!-- split -->\n).*?(<!-- end -->)")
	fresh := block.ReplaceAllString(string(raw), "${1}\n"+table+"\n${2}")
	if os.Getenv("AGON_UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile("../README.md", []byte(fresh), 0o644))
		return
	}
	require.Equal(t, fresh, string(raw), "rewrite the table: AGON_UPDATE_DOCS=1 go test ./x/emission/curve -run SplitBlock")
}

// The parts of a block sum to what it emits, to the unit; subnets get at most their part together, and short of it by less than a
// unit each; burning more never brings more.
func TestSplitBlockConserves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	for range 3000 {
		issuance := r.Uint64N(Cap + 10)
		rule := Rule{SecurityBps: r.Uint32N(5_000), CommunityBps: r.Uint32N(5_000)}
		subnets := make([]Subnet, 1+r.IntN(6))
		var total uint64
		for i := range subnets {
			subnets[i] = Subnet{PriceAverage: Q64FromQ32(r.Uint64N(1 << r.UintN(49))), BurnedBps: r.Uint32N(10_001)}
			total += subnets[i].Weight()
		}
		var sum uint64
		for _, s := range subnets {
			got, err := SplitBlock(issuance, total-s.Weight(), s, rule)
			require.NoError(t, err)
			require.Equal(t, BlockEmission(issuance), got.Minted+got.Unminted)
			require.Equal(t, got.Minted, got.Security+got.Community+got.Subnets)
			require.True(t, got.Unminted == 0 || total == 0)
			sum += got.Subnet
			more := s
			more.BurnedBps++
			less, err := SplitBlock(issuance, total-s.Weight(), more, rule)
			require.NoError(t, err)
			require.LessOrEqual(t, less.Subnet, got.Subnet)
			require.LessOrEqual(t, sum, got.Subnets)
			whole, err := SplitBlock(issuance, total, Subnet{}, rule)
			require.NoError(t, err)
			require.Equal(t, got.Subnets, whole.Subnets, "blocks ask without a subnet")
		}
		whole, err := SplitBlock(issuance, total, Subnet{}, rule)
		require.NoError(t, err)
		require.Less(t, whole.Subnets-sum, uint64(len(subnets)))
	}
}

func TestSplitBlockRefuses(t *testing.T) {
	_, err := SplitBlock(0, 1, Subnet{}, Rule{SecurityBps: 9_000, CommunityBps: 1_001})
	require.ErrorIs(t, err, ErrBps)
	_, err = SplitBlock(0, math.MaxUint64, Subnet{PriceAverage: q64(1)}, exampleRule)
	require.ErrorIs(t, err, ErrOverflow)
}
