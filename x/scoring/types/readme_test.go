package types_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/types"
)

// table returns the rows of the README's table whose header begins with the given cell, cells trimmed.
func table(t *testing.T, first string) [][]string {
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
			cells[i] = strings.Trim(cells[i], " `")
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

func TestReadmeParameters(t *testing.T) {
	rows := table(t, "parameter")
	require.Len(t, rows, 1)
	require.Equal(t, []string{"max_epochs_per_block", "epochs", strconv.Itoa(int(types.DefaultParams().MaxEpochsPerBlock)), "1 to " + strconv.Itoa(types.MaxEpochsPerBlock)}, rows[0][:4])
	for value, want := range map[uint32]error{0: types.ErrInvalidParams, 1: nil, types.MaxEpochsPerBlock: nil, types.MaxEpochsPerBlock + 1: types.ErrInvalidParams} {
		require.ErrorIs(t, types.Params{MaxEpochsPerBlock: value}.Validate(), want)
	}
}

func TestReadmeKeys(t *testing.T) {
	rows := table(t, "prefix")
	for i, prefix := range [][]byte{
		types.ParamsPrefix, types.EpochsPrefix, types.DuePrefix, types.ColumnsPrefix, types.WeightsPrefix, types.BondsPrefix,
		types.CommitsPrefix, types.FreshPrefix,
	} {
		require.Equal(t, []byte{byte(i)}, prefix)
		require.Equal(t, strconv.Itoa(i), rows[i][0])
	}
	require.Len(t, rows, 8)
	columns := table(t, "column")
	require.Len(t, columns, int(types.EmissionColumn)+1)
	for i, row := range columns {
		require.Equal(t, strconv.Itoa(i), row[0])
	}
}
