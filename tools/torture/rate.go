package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agon-chain/agon/localnet"
)

// mostRunning bounds the calls that run at the same time; one that is due while so many run is not made and counts as failed.
const mostRunning = 2_000

// rated are the calls of callAtRate.
type rated struct {
	sent int

	mu    sync.Mutex
	took  []time.Duration // of those answered, from when they were due
	fails map[string]int  // by what was wrong
}

// callAtRate calls a gateway so many times a second, each when its time has come whether or not others have ended, the subnets in turn, and returns when
// all have ended.
func callAtRate(ctx context.Context, url, key string, rate int, d time.Duration) (*rated, error) {
	r := &rated{fails: map[string]int{}}
	transport := &http.Transport{MaxIdleConnsPerHost: mostRunning, MaxConnsPerHost: mostRunning}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: 10 * time.Second, Transport: transport}
	running := make(chan struct{}, mostRunning)
	var ended sync.WaitGroup // each call ends with its answer or the client's timeout
	start := time.Now()
	for n := range int(d.Seconds() * float64(rate)) {
		due := start.Add(time.Duration(n) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			if err := pause(ctx, wait); err != nil {
				break
			}
		}
		r.sent++
		select {
		case running <- struct{}{}:
		default:
			r.note(due, fmt.Sprintf("not made, as %d were running", mostRunning))
			continue
		}
		ended.Go(func() {
			r.note(due, askGateway(ctx, client, fmt.Sprintf("%s/v1/tasks/%d", url, localnet.Netuid+n%loadSubnets), key))
			<-running
		})
	}
	ended.Wait()
	return r, ctx.Err()
}

// askGateway calls once and says what was wrong, or nothing.
func askGateway(ctx context.Context, client *http.Client, url, key string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(question)))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := client.Do(req)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	switch {
	case err != nil:
		return "half an answer"
	case resp.StatusCode != http.StatusOK:
		return fmt.Sprintf("%d %.120s", resp.StatusCode, body)
	}
	return ""
}

func (r *rated) note(due time.Time, wrong string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wrong != "" {
		r.fails[wrong]++
		return
	}
	r.took = append(r.took, time.Since(due))
}

func (r *rated) failed() int { return r.sent - len(r.took) }

// why are the failures, the most frequent first, at most five of them.
func (r *rated) why() string {
	kinds := slices.SortedFunc(maps.Keys(r.fails), func(a, b string) int { return r.fails[b] - r.fails[a] })
	var out []string
	for _, kind := range kinds[:min(len(kinds), 5)] {
		out = append(out, fmt.Sprintf("%d times %s", r.fails[kind], kind))
	}
	return strings.Join(out, ", ")
}

func (r *rated) String() string {
	if len(r.took) == 0 {
		return fmt.Sprintf("none of %d calls was answered", r.sent)
	}
	took := slices.Sorted(slices.Values(r.took))
	at := func(q int) time.Duration { return took[(len(took)-1)*q/100].Round(100 * time.Microsecond) }
	return fmt.Sprintf("%d calls, half answered in %s, 99 %% in %s", r.sent, at(50), at(99))
}
