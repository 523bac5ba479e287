package simtest

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/internal/chance"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "play this seed alone; 0 for those of the test")
	stepsFlag = flag.Int("steps", 0, "messages to play in all; 0 for a short run")
)

const (
	// messagesPerBlock is the mean.
	messagesPerBlock = 8
	// stepsPerSeed is how many messages one chain lives through: long enough for many epochs and replacements.
	stepsPerSeed = 2_500
	// firstHeight is shortly before an hour of x/payment ends, of which a verdict can give back.
	firstHeight = paymenttypes.BucketBlocks - 220
	// shrinkTime bounds the search for a short sequence that fails.
	shrinkTime = 2 * time.Minute
)

// step is one message, or the end of a block where there is none.
type step struct{ msg sdk.Msg }

func (s step) String() string {
	if s.msg == nil {
		return "next block"
	}
	return fmt.Sprintf("%s %.400s", strings.TrimPrefix(sdk.MsgTypeURL(s.msg), "/agon."), s.msg)
}

// player runs steps on a stage and checks after each what has to hold.
type player struct {
	*stage
	supply sdk.Coins
	market market
	// verdicts counts the cases of x/dispute that ended, by how.
	verdicts map[string]int
	// refused says of what was delivered last why it was refused, if it was.
	refused error
}

func genesis() (app.GenesisState, error) {
	state, err := firstState()
	if err != nil {
		return nil, err
	}
	own := app.GenesisState{}
	for name, raw := range state {
		own[name] = slices.Clone(raw)
	}
	return own, nil
}

func newPlayer(t testing.TB, seed uint64) (*player, error) {
	t.Helper()
	state, err := genesis()
	if err != nil {
		return nil, err
	}
	a := newApp(t)
	lively(chance.New(seed))(a, state)
	s, err := newStage(t, state, firstHeight)
	if err != nil {
		return nil, err
	}
	p := &player{stage: s, verdicts: map[string]int{}}
	return p, p.settled()
}

// settled takes what the next message and the rest of the block are compared with.
func (p *player) settled() (err error) {
	p.supply, p.events = p.supplies(p.ctx), nil
	p.market, err = p.stage.market(p.ctx)
	return err
}

// play does one step and says what it broke.
func (p *player) play(s step) error {
	if s.msg == nil {
		return p.nextBlock()
	}
	events, err := p.deliver(p.ctx, s.msg)
	if p.refused = err; err != nil {
		return checkError(err)
	}
	p.events = append(p.events, events...)
	after, err := p.stage.market(p.ctx)
	if err != nil {
		return err
	}
	if err := p.market.notWorse(after); err != nil {
		return err
	}
	p.market = after
	return nil
}

// nextBlock checks the block that ends, and what begins the next one.
func (p *player) nextBlock() error {
	if err := p.checkState(p.ctx); err != nil {
		return err
	}
	if err := errors.Join(p.end(), checkSupplies(p.supply, p.supplies(p.ctx), p.events)); err != nil {
		return err
	}
	p.supply = p.supplies(p.ctx)
	if err := errors.Join(p.begin(), checkEvents(p.events), p.checkState(p.ctx)); err != nil {
		return fmt.Errorf("as block %d begins: %w", p.height, err)
	}
	if err := countVerdicts(p.events, p.verdicts); err != nil {
		return err
	}
	var err error
	p.market, err = p.stage.market(p.ctx)
	return err
}

// guarded is play for steps that may panic outside of a message.
func (p *player) guarded(s step) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return p.play(s)
}

// replay plays a script on a fresh chain. It returns the index of the step that broke something, and what.
func replay(t testing.TB, seed uint64, script []step) (int, error) {
	t.Helper()
	p, err := newPlayer(t, seed)
	if err != nil {
		return 0, err
	}
	for i, s := range script {
		if err := p.guarded(s); err != nil {
			return i, err
		}
	}
	return len(script), nil
}

// shrink looks for a shorter script that still breaks something of the same kind, by leaving out ever smaller runs of steps.
func shrink(t testing.TB, seed uint64, script []step, kind string) []step {
	t.Helper()
	until := time.Now().Add(shrinkTime)
	for size := len(script) / 2; size > 0; size /= 2 {
		for from := 0; from+size <= len(script) && time.Now().Before(until); {
			shorter := slices.Delete(slices.Clone(script), from, from+size)
			if i, err := replay(t, seed, shorter); err != nil && kindOf(err) == kind {
				script = shorter[:i+1]
			} else {
				from += size
			}
		}
	}
	return script
}

// kindOf is an error without its numbers.
func kindOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	words := strings.FieldsFunc(text, func(r rune) bool { return r < 'A' || r > 'z' })
	return strings.Join(words[:min(len(words), 8)], " ")
}

// report fails the test with the shortest script found.
func report(t testing.TB, seed uint64, script []step, broken error) {
	t.Helper()
	short := shrink(t, seed, script, kindOf(broken))
	var lines []string
	for _, s := range short {
		lines = append(lines, s.String())
	}
	t.Fatalf("seed %d, step %d of the run: %v\nplay it again: go test ./app/simtest -run %s -seed %d\nshortest sequence found, %d steps:\n%s",
		seed, len(script), broken, t.Name(), seed, len(short), strings.Join(lines, "\n"))
}

// count says what became of the messages of a run.
type count struct{ taken, refused int }

func (c count) String() string { return fmt.Sprintf("%d/%d", c.taken, c.taken+c.refused) }

// run plays random messages from a seed and counts them by type. also is done after each block.
func run(t testing.TB, seed uint64, steps int, counts map[string]count, also func(p *player, d *chance.Dice) error) *player {
	t.Helper()
	p, err := newPlayer(t, seed)
	require.NoError(t, err, "seed %d", seed)
	d := chance.New(seed)
	all := messages(p.app)
	var script []step
	for made := 0; made < steps; {
		s := step{}
		if !d.OneIn(messagesPerBlock + 1) {
			m := chance.Draw(d, all)
			s.msg = m.Make(&chance.World{Dice: d, Ctx: p.ctx, Actors: actors(), Authority: app.Authority()})
			if s.msg == nil {
				continue
			}
			made++
		}
		script = append(script, s)
		if err := p.guarded(s); err != nil {
			report(t, seed, script, err)
		}
		if s.msg != nil {
			c := counts[sdk.MsgTypeURL(s.msg)]
			if p.refused == nil {
				c.taken++
			} else {
				c.refused++
			}
			counts[sdk.MsgTypeURL(s.msg)] = c
		} else if also != nil {
			if err := also(p, d); err != nil {
				t.Fatalf("seed %d, height %d: %v", seed, p.height, err)
			}
		}
	}
	return p
}

// TestProperties plays random messages, valid and hostile ones, on many accounts and subnets.
func TestProperties(t *testing.T) {
	steps := *stepsFlag
	if steps == 0 {
		steps = stepsPerSeed
	}
	seeds := (steps + stepsPerSeed - 1) / stepsPerSeed
	counts := map[string]count{}
	verdicts := map[string]int{}
	began, blocks := time.Now(), int64(0)
	for seed := range uint64(seeds) {
		if seed++; *seedFlag != 0 && seed != *seedFlag {
			continue
		}
		p := run(t, seed, min(stepsPerSeed, steps), counts, checkpoint)
		blocks += p.height
		for how, n := range p.verdicts {
			verdicts[how] += n
		}
	}
	if *seedFlag > uint64(seeds) {
		run(t, *seedFlag, stepsPerSeed, counts, checkpoint)
	}
	var urls []string
	for url := range counts {
		urls = append(urls, url)
	}
	slices.Sort(urls)
	for _, url := range urls {
		t.Logf("%-45s taken %s", strings.TrimPrefix(url, "/agon."), counts[url])
	}
	t.Logf("cases ended: %v", verdicts)
	t.Logf("%d seeds, %d messages, %d blocks in %s", seeds, steps, blocks, time.Since(began).Round(time.Millisecond))
	if *seedFlag != 0 || steps < 10*stepsPerSeed {
		return // too few for every message to find its place
	}
	for _, how := range []string{"guilty", "rejected", "undecided"} {
		require.NotZero(t, verdicts[how], "no case ended so: its generators make no bench agree")
	}
	p, err := newPlayer(t, 1)
	require.NoError(t, err)
	for _, m := range messages(p.app) {
		switch m.URL() {
		case "/agon.scoring.v1.MsgResumeEpochs":
			continue // no epoch ever fails, so there is none to resume
		case "/agon.payment.v1.MsgClaimRefund":
			continue // a verdict seldom meets a miner that was paid in the hour before; TestRandomInterleavings of x/payment plays it with more verdicts
		}
		require.NotZero(t, counts[m.URL()].taken, "no %s ever succeeded: its generator makes nothing that the chain takes", m.URL())
	}
}

// checkpoint does now and then, after a block, what is dear.
func checkpoint(p *player, d *chance.Dice) error {
	if d.OneIn(3) {
		if err := attack(p, d); err != nil {
			return err
		}
	}
	if d.OneIn(80) {
		return reborn(p, d)
	}
	return nil
}
