package keys

import (
	"math"
	"time"
)

// Limits is where a key stands, for the x-ratelimit headers. A limit of zero is none.
type Limits struct {
	Requests, Tokens Limit
}

// Limit is one of them.
type Limit struct {
	Limit, Remaining uint64
	Reset            time.Duration // until it is whole again
}

// bucket refills evenly to its size within a minute. It differs from golang.org/x/time/rate in that what was taken for a call can be given back
// when the call used less, which that one allows only before its time has come.
type bucket struct {
	size uint64
	have float64
	at   time.Time
	took float64 // since other processes were told
}

// resize sets the size; a bucket that grows or is new is given the difference.
func (b *bucket) resize(size uint64) {
	b.have = math.Max(0, b.have+float64(size)-float64(b.size))
	b.size = size
}

func (b *bucket) fill(now time.Time) {
	if d := now.Sub(b.at); d > 0 {
		b.have = math.Min(float64(b.size), b.have+float64(b.size)*d.Minutes())
		b.at = now
	}
}

// wait is how long until n are there; call fill first.
func (b *bucket) wait(n uint64) time.Duration {
	if b.size == 0 || b.have >= float64(n) {
		return 0
	}
	return time.Duration(math.Ceil((float64(n) - b.have) / float64(b.size) * float64(time.Minute)))
}

// take takes n, if need be below zero: a call that used more than it reserved makes the next ones wait.
func (b *bucket) take(n float64) {
	if b.size > 0 {
		b.have = math.Min(float64(b.size), b.have-n)
		b.took += n
	}
}

// agree takes what is left for all processes, less what was taken here since that was asked.
func (b *bucket) agree(left float64, now time.Time) {
	if b.size > 0 {
		b.have, b.at = math.Min(float64(b.size), left-b.took), now
	}
}

// whole says whether nothing was taken that others should know of, and nothing is missing that others may have taken.
func (b *bucket) whole() bool { return b.size == 0 || b.took == 0 && b.have >= float64(b.size) }

func (b *bucket) limit() Limit {
	return Limit{Limit: b.size, Remaining: uint64(math.Max(0, b.have)), Reset: b.wait(b.size)}
}
