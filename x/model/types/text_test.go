package types

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"abc", "tiny-stories", "a1-b2-c3", strings.Repeat("a", MaxName)} {
		require.NoError(t, CheckName("name", name), name)
	}
	for _, name := range []string{"", "ab", "Abc", "1ab", "-ab", "ab-", "a--b", "a_b", "a b", "a@1", "äbc", "a/b", "ab\x00", strings.Repeat("a", MaxName+1)} {
		require.ErrorIs(t, CheckName("name", name), ErrInvalidName, name)
	}
}

func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"tiny-stories", "a--b", "", "A", "a\x00b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName("name", name) != nil {
			return
		}
		// What is a name stands in URLs, in model@version and before a zero byte in keys as it is.
		require.Equal(t, name, strings.Trim(strings.ToLower(name), "-"))
		require.False(t, strings.ContainsAny(name, "@/\x00 "))
	})
}

func TestLicences(t *testing.T) {
	require.True(t, slices.IsSorted(licences), "they are searched by halves")
	require.Len(t, slices.Compact(slices.Clone(licences)), len(licences))
	for _, l := range append([]string{"LicenseRef-llama3", "LicenseRef-a.b-C", "LicenseRef-" + strings.Repeat("x", 53)}, licences...) {
		require.NoError(t, CheckLicence(l), l)
	}
	for _, l := range []string{"", "mit", "Apache 2.0", "MIT OR Apache-2.0", "LicenseRef-", "LicenseRef-a b", "LicenseRef-ä", "LicenseRef-" + strings.Repeat("x", 54), "GPL-3.0"} {
		require.ErrorIs(t, CheckLicence(l), ErrInvalidLicence, l)
	}
}

func TestParents(t *testing.T) {
	p := func(model string, version, bps uint32) Parent {
		return Parent{Model: model, Version: version, ShareBps: bps}
	}
	require.NoError(t, checkParents([]Parent{p("aaa", 1, 4000), p("aaa", 2, 6000), p("bbb", 1, 0)}))
	for name, c := range map[string]struct {
		parents []Parent
		want    error
	}{
		"too-much":  {[]Parent{p("aaa", 1, 4000), p("aaa", 2, 6001)}, ErrInvalidParents},
		"overflow":  {[]Parent{p("aaa", 1, 1), p("aaa", 2, 1<<32-1)}, ErrInvalidParents},
		"twice":     {[]Parent{p("aaa", 1, 1), p("bbb", 1, 1), p("aaa", 1, 1)}, ErrInvalidParents},
		"no-number": {[]Parent{p("aaa", 0, 1)}, ErrVersionNotFound},
		"no-name":   {[]Parent{p("a", 1, 1)}, ErrInvalidName},
		"too-many":  {make([]Parent, MaxParentsBound+1), ErrInvalidParents},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, checkParents(c.parents), c.want) })
	}
}
