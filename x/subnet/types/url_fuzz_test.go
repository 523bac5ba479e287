package types_test

import (
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"testing"

	"github.com/agon-chain/agon/x/subnet/types"
)

// FuzzURL holds the small grammar against the standard library: what it accepts is read there in the same way.
func FuzzURL(f *testing.F) {
	for _, s := range goodURLs {
		f.Add(s)
	}
	for s := range badURLs {
		f.Add(s)
	}
	f.Fuzz(compareURL)
}

// The same without a fuzzer: random rows of the pieces that URLs are made of.
func TestURLAgainstNetURL(t *testing.T) {
	pieces := []string{
		"http://", "https://", "a", "z9", "-", ".", "..", ":", "80", "443", "0", "65536", "/", "//", "[", "]", "::1", "[::1]", "127.0.0.1",
		"1.2.3", "x.example", "%", "%41", "@", "?", "#", "~", "_", " ", "\n", "\\", "\u00fc", "+", "&", "=", "fe80::1%25a", "::ffff:1.2.3.4",
	}
	hosts := []string{"a", "x.example", "127.0.0.1", "1.2.3", "[::1]", "[::ffff:1.2.3.4]", "[fe80::1%25a]", "-", ""}
	r := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 100_000 {
		// Scheme, host, port and path, with a piece put in between now and then.
		s := pieces[r.IntN(2)]
		for _, part := range [][]string{hosts, {":"}, {"80", "443", "0", "65536"}, {"", "/", "/a", "/a/b.c/"}} {
			s += part[r.IntN(len(part))]
			if r.IntN(4) == 0 {
				s += pieces[r.IntN(len(pieces))]
			}
		}
		if compareURL(t, s); types.CheckURL(s) == nil {
			accepted++
		}
	}
	if accepted < 1000 {
		t.Fatalf("only %d of the rows were URLs: they prove nothing", accepted)
	}
}

func compareURL(t *testing.T, s string) {
	if types.CheckURL(s) != nil {
		return
	}
	u, err := url.Parse(s)
	if err != nil {
		t.Fatalf("%q is accepted here and refused by net/url: %v", s, err)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https") {
		t.Fatalf("%q is more than scheme, host, port and path: %#v", s, u)
	}
	host, port, err := net.SplitHostPort(u.Host)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || host == "" {
		t.Fatalf("%q has host %q and port %q", s, host, port)
	}
	if u.String() != s {
		t.Fatalf("%q prints as %q", s, u.String())
	}
}
