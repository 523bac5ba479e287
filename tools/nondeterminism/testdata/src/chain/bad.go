package chain

import (
	crand "crypto/rand" // want `import of crypto/rand: random numbers`
	"fmt"
	"hash/maphash" // want `import of hash/maphash: its seed`
	"maps"
	"math"
	"math/rand"        // want `import of math/rand: random numbers`
	rand2 "math/rand/v2" // want `import of math/rand/v2: random numbers`
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe" // want `import of unsafe: memory layout`
)

var (
	_ = crand.Reader
	_ maphash.Hash
	_ = rand.Int
	_ = rand2.Int
	_ unsafe.Pointer
)

type price float64 // want `floating point`

type holder struct {
	Share float32 // want `floating point`
	Price price   // want `floating point`
}

const half = 0.5 // want `floating point`

func floats(h holder, n uint64) uint64 {
	v := math.Sqrt(2)                 // want `floating point`
	w, err := strconv.ParseFloat("1", 64)
	_ = err
	if h.Share > 0 { // want `floating point`
		return uint64(v) // want `floating point`
	}
	c := complex(1, 2) // want `floating point`
	_ = c              // want `floating point`
	_ = w              // want `floating point`
	return n * 1e9     // want `floating point`
}

func clocks() time.Duration {
	t := time.Now()             // want `time.Now: the clock`
	now := time.Now             // want `time.Now: the clock`
	time.Sleep(time.Second)     // want `time.Sleep: the clock`
	_ = time.Until(now())       // want `time.Until: the clock`
	<-time.After(time.Second)   // want `time.After: the clock`
	_ = time.NewTimer           // want `time.NewTimer: the clock`
	_ = time.Unix(5, 0).UTC()   // the block's time is fine
	return time.Since(t)        // want `time.Since: the clock`
}

func concurrency(a, b chan int) int {
	go func() {}() // want `go statement`
	select {       // want `select among 2 cases`
	case v := <-a:
		return v
	case v := <-b:
		return v
	}
}

func selects(a chan int) {
	select { // want `select among 2 cases`
	case <-a:
	default:
	}
	select {
	case <-a:
	}
}

type table map[string]int

func mapOrders[M map[string]int | table](m map[string]int, t table, g M, s []int) []string {
	for range m { // want `range over a map`
	}
	for k, v := range t { // want `range over a map`
		_, _ = k, v
	}
	for range g { // want `range over a map`
	}
	for range s {
	}
	for range 5 {
	}
	for k := range maps.Keys(m) { // want `maps.Keys: its order`
		_ = k
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		_ = k
	}
	for _, k := range reflect.ValueOf(m).MapKeys() { // want `MapKeys: the order of a map`
		_ = k
	}
	var sm sync.Map
	sm.Range(func(k, v any) bool { return true }) // want `Range: the order of a map`
	_ = slices.Collect(maps.Values(m))            // want `maps.Values: its order`
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return len(a) - len(b) })
}

func addresses(p *int) string {
	fmt.Println("100%")
	return fmt.Sprintf("at %p", p) // want `%p prints an address`
}
