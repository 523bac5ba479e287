package cmd_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	gatewaycmd "github.com/agon-chain/agon/cmd/agon-gateway/cmd"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	minercmd "github.com/agon-chain/agon/cmd/agon-miner/cmd"
	validatorcmd "github.com/agon-chain/agon/cmd/agon-validator/cmd"
	"github.com/agon-chain/agon/cmd/agond/cmd"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/x/emission/curve"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/stake/pool"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// The pages that explain the economy to those who take part in it.
var pages = []string{"owners", "miners", "validators"}

func readPage(t *testing.T, name string) (path, text string) {
	t.Helper()
	path = "../../../docs/" + name + ".md"
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return path, string(raw)
}

// The pages show what the arithmetic gives. AGON_UPDATE_DOCS=1 rewrites their tables.
func TestPagesShowWhatTheArithmeticGives(t *testing.T) {
	tables := map[string]map[string]string{"owners": ownersTables(t), "miners": minersTables(t), "validators": validatorsTables(t)}
	for _, name := range pages {
		path, text := readPage(t, name)
		fresh := text
		for table, rows := range tables[name] {
			block := regexp.MustCompile("(?s)(<!-- " + table + " -->\n).*?(<!-- end -->)")
			require.Len(t, block.FindAllString(fresh, -1), 1, "%s has lost its table %s", path, table)
			fresh = block.ReplaceAllString(fresh, "${1}\n"+strings.ReplaceAll(rows, "$", "$$")+"\n${2}")
		}
		require.Equal(t, len(tables[name]), strings.Count(text, "<!-- end -->"), "%s has a table that nothing reckons", path)
		if os.Getenv("AGON_UPDATE_DOCS") != "" {
			require.NoError(t, os.WriteFile(path, []byte(fresh), 0o644))
			continue
		}
		require.Equal(t, fresh, text, "rewrite the page: AGON_UPDATE_DOCS=1 go test ./cmd/agond/cmd -run Pages")
	}
}

// Every `name` (value and every row | `name` | value of the pages is a default of the chain or of a daemon.
func TestPagesNameTheDefaults(t *testing.T) {
	defaults := map[string]string{}
	for _, of := range []any{
		subnettypes.DefaultHyperparams(), subnettypes.DefaultParams(), staketypes.DefaultParams(), emissiontypes.DefaultParams(),
		task.DefaultPolicy(), validator.DefaultConfig(),
	} {
		v := reflect.ValueOf(of)
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag
			name, _, _ := strings.Cut(tag.Get("json"), ",")
			if name == "" {
				name = tag.Get("toml")
			}
			if _, taken := defaults[name]; taken {
				continue // what a subnet's owner sets comes before a bound or a daemon's setting of the same name
			}
			switch f := v.Field(i); f.Kind() {
			case reflect.Bool:
				defaults[name] = strconv.FormatBool(f.Bool())
			case reflect.Uint32, reflect.Uint64:
				defaults[name] = strconv.FormatUint(f.Uint(), 10)
			case reflect.Slice:
				defaults[name] = strings.Trim(fmt.Sprint(f.Interface()), "[]")
			case reflect.Int, reflect.Int32:
				defaults[name] = strconv.FormatInt(f.Int(), 10)
			case reflect.Float64:
				defaults[name] = strconv.FormatFloat(f.Float(), 'f', -1, 64)
			}
		}
	}
	for _, page := range pages {
		_, text := readPage(t, page)
		found := regexp.MustCompile("`([a-z_0-9]+)` (?:\\(|\\| )([0-9.]+[0-9]|[0-9]|true|false)").FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, found, page)
		for _, m := range found {
			require.Contains(t, defaults, m[1], page)
			require.Equal(t, defaults[m[1]], m[2], "%s: %s", page, m[1])
		}
	}
}

// What the pages say in passing, in words that no table has.
func TestPagesReckonInPassing(t *testing.T) {
	h, e := subnettypes.DefaultHyperparams(), emissiontypes.DefaultParams()
	says := func(page, format string, numbers ...any) {
		t.Helper()
		_, text := readPage(t, page)
		require.Contains(t, text, fmt.Sprintf(format, numbers...))
	}
	pay := examined(t)
	p := subnettypes.DefaultParams()
	opened, err := pool.New(p.MinCreationCost, p.MinCreationCost)
	require.NoError(t, err)
	require.Equal(t, curve.OneQ32, opened.PriceQ32())
	says("owners", "opens a pool of %s AGON and %s tokens, in which a token costs 1 AGON", coins(opened.AGON), coins(opened.Alpha))
	says("owners", "agond stake add %salpha", coins(pay.owner))
	says("owners", "cannot be replaced: %d epochs of %d |", h.ImmunityPeriod/h.Tempo, h.Tempo)
	says("owners", "floor, in nagon: %s AGON", coins(h.MinRegistrationPrice))
	says("owners", "ceiling, in nagon: %s AGON", coins(h.MaxRegistrationPrice))
	says("owners", "does not count: %s token", coins(h.StakeThreshold))
	says("owners", "judge by up to %d mechanisms at once", subnettypes.MaxMechanisms)
	says("owners", "here %s tokens of each epoch", coins(pay.pending*3/10))
	require.EqualValues(t, 1<<20, subnettypes.MaxMechanismPairs)
	const paid = 1_600_000_000
	says("miners", "A uid of %s AGON: %s AGON are burned and %s AGON held", coins(paid), coins(paid-h.CollateralOf(paid)), coins(h.CollateralOf(paid)))
	says("miners", "the owner gets %d %%", e.OwnerCutBps/100)
	says("miners", "stays for three tempos: %d blocks at a tempo of %d", 3*h.Tempo, h.Tempo)
	says("miners", "have %s and %s tokens behind them", coins(pay.in.Stake[0]), coins(pay.in.Stake[1]))
	says("miners", "emits %s tokens", coins(pay.pending))
	says("validators", "nearly %d epochs of %d", (h.ActivityCutoff+h.Tempo-1)/h.Tempo, h.Tempo)
	says("validators", "in an epoch of %s tokens", coins(pay.pending))
	s := staketypes.DefaultParams()
	says("validators", "100 AGON as %s tokens", coins(100*1_000_000_000*uint64(s.RootWeightBps)/10_000))
	// A parent's part of a child's dividends, less the child's take and then its own.
	theirs := uint64(20_000_000_000) * 250 / 500
	child := theirs * uint64(s.DefaultTakeBps) / 10_000
	own := (theirs - child) * uint64(s.DefaultTakeBps) / 10_000
	says("validators", "so %s on the parent's. It keeps %s of them; %s go to the parent, whose owner keeps %s, and %s raise",
		coins(theirs), coins(child), coins(theirs-child), coins(own), coins(theirs-child-own))
	says("validators", "up to %d others validate", staketypes.MaxChildren)
	says("owners", "at most %d at once and once in a tempo", subnettypes.MaxTrim)
	c := validator.DefaultConfig()
	says("validators", "up to %d questions an epoch", c.Rounds*c.PerMiner)
	require.Equal(t, "1000000000nagon", c.CallerFunding)
	says("validators", "the owner sends 1 AGON to each")
}

// Every command that the pages tell to type is one, with flags and arguments that it takes.
func TestPagesTellCommandsThatExist(t *testing.T) {
	agond, err := cmd.NewRootCommand()
	require.NoError(t, err)
	roots := map[string]*cobra.Command{"agond": agond, "agon-miner": minercmd.NewRootCommand(), "agon-validator": validatorcmd.NewRootCommand(), "agon-gateway": gatewaycmd.NewRootCommand()}

	texts := map[string]string{}
	for _, page := range pages {
		_, texts[page] = readPage(t, page)
	}
	// A flag that names a file reads it at once.
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("h.json", []byte("{}"), 0o600))
	for page, text := range texts {
		found := map[string]int{}
		for _, m := range regexp.MustCompile("(?m)(?:^|`)(agond|agon-miner|agon-validator|agon-gateway) ([^`\n]+)").FindAllStringSubmatch(text, -1) {
			line := regexp.MustCompile(` +# | \| | > `).Split(m[2], 2)[0]
			words := regexp.MustCompile(`(?:'[^']*'|[^\s'])+`).FindAllString(line, -1) // as a shell takes them
			for i, w := range words {
				words[i] = strings.ReplaceAll(w, "'", "")
			}
			c, args, err := roots[m[1]].Find(words)
			require.NoError(t, err, m[0])
			require.True(t, c.Runnable(), m[0])
			require.NoError(t, c.ParseFlags(args), m[0])
			require.NoError(t, c.ValidateArgs(c.Flags().Args()), m[0])
			found[m[1]]++
		}
		require.Greater(t, found["agond"], 5, page)
	}
}
