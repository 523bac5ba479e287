package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"cosmossdk.io/math"

	"github.com/agon-chain/agon/app/params"
)

// errUnpunished says that a validator signed twice, and the chain did not answer as it must.
var errUnpunished = errors.New("double signature")

// doubleSign runs a second process with the consensus key of one validator of four. The chain must slash the validator and bar it for good,
// touch no other, and go on with three.
func doubleSign(ctx context.Context, o options, row *Row) error {
	dir := o.dir
	var times []time.Duration
	for i := range o.signers {
		o.dir = filepath.Join(dir, fmt.Sprint(i))
		took, part, err := signTwice(ctx, o, row)
		if err != nil {
			return fmt.Errorf("network %d: %w", i+1, err)
		}
		times = append(times, took)
		row.Times++
		row.Notes = "slashed " + part + " and tombstoned, the others untouched; the time is from the twin's start to the punishment"
		row.recovered(times)
	}
	return nil
}

// signTwice does it once; it says how long the punishment took to come and what part of the stake it was.
func signTwice(ctx context.Context, o options, row *Row) (took time.Duration, part string, err error) {
	c, err := up(ctx, o, nil)
	if err != nil {
		return 0, "", err
	}
	defer c.down()
	const twice = nodes - 1
	before, err := c.validators(ctx)
	if err != nil {
		return 0, "", err
	}
	name := filepath.Base(c.Nodes()[twice].Home())
	was, ok := before[name]
	if !ok || was.Jailed {
		return 0, "", fmt.Errorf("%s is no validator in force at the start", name)
	}
	paying := c.pay(ctx)
	defer paying.stop()
	start := time.Now()
	// At a price that nobody pays the twin takes no transactions: when both propose, their blocks differ as soon as somebody paid.
	if _, err := c.Twin(ctx, twice, "--minimum-gas-prices", "1000000000"+params.BaseDenom); err != nil {
		return 0, "", err
	}
	const most = 500
	begun := c.highest(ctx, 0)
	for {
		now, err := c.validators(ctx)
		if err != nil {
			return 0, "", err
		}
		if now[name].Jailed {
			break
		}
		if c.highest(ctx, 0) > begun+most {
			return 0, "", fmt.Errorf("%w: not punished after %d blocks", errUnpunished, most)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return 0, "", err
		}
	}
	took = time.Since(start)
	if err := c.reach(ctx, c.highest(ctx, but(twice)...)+2*goneOn, all()...); err != nil {
		return 0, "", err
	}
	after, err := c.validators(ctx)
	if err != nil {
		return 0, "", err
	}
	for moniker, v := range after {
		if moniker != name && (v.Jailed || !v.Tokens.Equal(before[moniker].Tokens)) {
			return 0, "", fmt.Errorf("%w: %s, which signed once, has %s of %s nagon, jailed %t", errUnpunished, moniker, v.Tokens, before[moniker].Tokens, v.Jailed)
		}
	}
	tombstones, err := c.tombstones(ctx)
	if err != nil {
		return 0, "", err
	}
	slashed := was.Tokens.Sub(after[name].Tokens)
	if !slashed.IsPositive() || tombstones != 1 {
		return 0, "", fmt.Errorf("%w: %s was slashed by %s nagon, %d validators are tombstoned", errUnpunished, name, slashed, tombstones)
	}
	calls, failed, blocks, unsigned, compared := row.Calls, row.Failed, row.Blocks, row.Unsigned, row.Compared
	if err := paying.end(ctx, row); err != nil {
		return 0, "", err
	}
	if err := c.check(ctx, row); err != nil {
		return 0, "", err
	}
	row.Calls, row.Failed, row.Blocks, row.Unsigned, row.Compared = row.Calls+calls, row.Failed+failed, row.Blocks+blocks, row.Unsigned+unsigned, row.Compared+compared
	return took, fmt.Sprintf("%s%% of its stake", slashed.MulRaw(100).Quo(was.Tokens)), nil
}

// bonded is what the chain says of a consensus validator.
type bonded struct {
	Jailed      bool     `json:"jailed"`
	Tokens      math.Int `json:"tokens"`
	Description struct {
		Moniker string `json:"moniker"`
	} `json:"description"`
}

// validators are all consensus validators by moniker.
func (c *cluster) validators(ctx context.Context) (map[string]bonded, error) {
	var doc struct {
		Validators []bonded `json:"validators"`
	}
	if err := c.rest(ctx, "/cosmos/staking/v1beta1/validators", &doc); err != nil {
		return nil, err
	}
	out := map[string]bonded{}
	for _, v := range doc.Validators {
		out[v.Description.Moniker] = v
	}
	return out, nil
}

// tombstones counts the validators that are barred for good.
func (c *cluster) tombstones(ctx context.Context) (n int, err error) {
	var doc struct {
		Info []struct {
			Tombstoned bool `json:"tombstoned"`
		} `json:"info"`
	}
	if err := c.rest(ctx, "/cosmos/slashing/v1beta1/signing_infos", &doc); err != nil {
		return 0, err
	}
	for _, info := range doc.Info {
		if info.Tombstoned {
			n++
		}
	}
	return n, nil
}

// rest asks the first node's gateway.
func (c *cluster) rest(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Nodes()[0].REST()+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	bz, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, resp.Status, bz)
	}
	return json.Unmarshal(bz, into)
}
