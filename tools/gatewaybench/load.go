package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const question = `{"model":"1","messages":[{"role":"user","content":"What is the capital of Latvia, and why?"}],"max_tokens":32}`

// result of one load.
type result struct {
	calls, failed int
	took          time.Duration
	latencies     []time.Duration // sorted
	first         string          // failure
	cpu           time.Duration   // of what was called
}

func (r result) at(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]
}

// load calls for some time: rate calls a second, each begun when its time has come whether or not others have ended; with a rate of 0 as many as conns can.
func load(ctx context.Context, url string, header http.Header, rate, conns int, d time.Duration) result {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxIdleConns: conns}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var out result
	call := func(due time.Time) {
		err := once(ctx, client, url, header)
		took := time.Since(due)
		mu.Lock()
		defer mu.Unlock()
		out.calls++
		if err != nil {
			if out.failed++; out.first == "" {
				out.first = err.Error()
			}
			return
		}
		out.latencies = append(out.latencies, took)
	}
	start := time.Now()
	var workers sync.WaitGroup
	var next atomic.Int64
	for range conns {
		workers.Go(func() {
			for {
				due := time.Now()
				if rate > 0 {
					// From when it was due, so that a server that stalls is charged for all who wait.
					due = start.Add(time.Duration(next.Add(1)-1) * time.Second / time.Duration(rate))
					time.Sleep(time.Until(due))
				}
				if due.Sub(start) >= d || ctx.Err() != nil {
					return
				}
				call(due)
			}
		})
	}
	workers.Wait()
	out.took = time.Since(start)
	slices.Sort(out.latencies)
	return out
}

func once(ctx context.Context, client *http.Client, url string, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", bytes.NewReader([]byte(question)))
	if err != nil {
		return err
	}
	for name, v := range header {
		req.Header[name] = v
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(raw, []byte("rather short")) {
		return fmt.Errorf("status %d: %.200s", resp.StatusCode, raw)
	}
	return nil
}
