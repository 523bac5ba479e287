package types

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
)

// tables returns the rows of the README's tables whose header begins with the given cell, cells trimmed.
func tables(t *testing.T, first string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var rows [][]string
	in := false
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "|") {
			in = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == first:
			in = true
		case in && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	require.NotEmpty(t, rows, "README.md has no table of %q", first)
	return rows
}

// row is what the README says of a bound: an end that depends on another field is that field's name.
func (b bound) row() []string {
	end := func(v uint64, named bool) string {
		if named {
			return strings.NewReplacer("(", "", ")", "", "from one ", "", " ", "").Replace(b.because)
		}
		return strconv.FormatUint(v, 10)
	}
	return []string{
		b.name, end(b.least, strings.Contains(b.because, "from")),
		end(b.most, b.because != "" && !strings.Contains(b.because, "from")), strconv.FormatUint(b.value, 10),
	}
}

func TestReadmeBounds(t *testing.T) {
	var want [][]string
	for _, b := range DefaultParams().bounds() {
		want = append(want, b.row())
	}
	var got [][]string
	for _, cells := range tables(t, "parameter") {
		require.Len(t, cells, 6, cells[0])
		got = append(got, []string{cells[0], cells[2], cells[3], cells[4]})
	}
	require.Equal(t, want, got)
}

func TestReadmeHyperparams(t *testing.T) {
	h := DefaultHyperparams()
	var want [][]string
	for _, b := range h.bounds(DefaultParams()) {
		want = append(want, b.row())
	}
	want = append(
		want,
		[]string{"alpha_sigmoid_steepness", "1", strconv.Itoa(MaxSigmoidSteepness), fmt.Sprint(h.AlphaSigmoidSteepness)},
		[]string{"yuma3", fmt.Sprint(h.Yuma3)},
		[]string{"liquid_alpha", fmt.Sprint(h.LiquidAlpha)},
		[]string{"bonds_decay_omitted", fmt.Sprint(h.BondsDecayOmitted)},
		[]string{"commit_reveal", fmt.Sprint(h.CommitReveal)},
		[]string{"weights_version", fmt.Sprint(h.WeightsVersion)},
		[]string{"mechanism_split", strings.Trim(fmt.Sprint(h.MechanismSplit), "[]")},
	)
	var got [][]string
	for _, cells := range tables(t, "hyperparameter") {
		if len(cells) == 6 {
			got = append(got, []string{cells[0], cells[2], cells[3], cells[4]})
		} else {
			got = append(got, cells[:2])
		}
	}
	require.Equal(t, want, got)
}

// TestReadmeNamesAllFields catches a field that was added to the message and to neither bounds nor README.
func TestReadmeNamesAllFields(t *testing.T) {
	named := map[string]bool{"default_hyperparams": true}
	require.Len(t, protoNames(Params{}), 18)
	require.Len(t, protoNames(Hyperparams{}), 31)
	for _, cells := range append(tables(t, "parameter"), tables(t, "hyperparameter")...) {
		named[cells[0]] = true
	}
	for _, field := range append(protoNames(Params{}), protoNames(Hyperparams{})...) {
		require.True(t, named[field], "README.md does not list %s", field)
	}
}

// protoNames lists the fields of a generated message by their protobuf names.
func protoNames(message any) []string {
	var out []string
	typ := reflect.TypeOf(message)
	for i := range typ.NumField() {
		for _, part := range strings.Split(typ.Field(i).Tag.Get("protobuf"), ",") {
			if name, ok := strings.CutPrefix(part, "name="); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

func TestReadmeKeys(t *testing.T) {
	prefixes := []struct {
		number byte
		prefix collections.Prefix
	}{
		{0, ParamsPrefix},
		{1, CreationCostPrefix},
		{2, NextNetuidPrefix},
		{3, SubnetsPrefix},
		{4, NeuronsPrefix},
		{5, UIDsPrefix},
		{6, OwnersPrefix},
		{7, IdentitiesPrefix},
		{8, RegisteredAtPrefix},
		{9, HotkeysPrefix},
		{10, PruningPrefix},
		{11, OffersPrefix},
		{12, PendingHyperparamsPrefix},
		{13, HyperparamsDuePrefix},
		{14, CommitmentsPrefix},
		{15, StandingsPrefix},
		{16, DissolvingPrefix},
		{20, SigningKeysPrefix},
		{21, PresentKeysPrefix},
		{22, OwnedHotkeysPrefix},
		{23, OwnedSubnetsPrefix},
		{24, OwnerSwapsPrefix},
		{25, CollateralsPrefix},
		{26, EarnedPrefix},
		{27, WithheldPrefix},
	}
	rows := tables(t, "prefix")
	require.Len(t, rows, len(prefixes))
	for i, cells := range rows {
		require.Equal(t, []byte{prefixes[i].number}, prefixes[i].prefix.Bytes())
		require.Equal(t, strconv.Itoa(int(prefixes[i].number)), cells[0])
	}
}
