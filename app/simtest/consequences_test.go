package simtest

import (
	"bytes"
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/types/module"

	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// place is where the failure of a step may be noted: keys of a store that begin and end so.
type place struct {
	store         string
	prefix        []byte
	begins, after []byte
}

func (p place) holds(store string, key []byte) bool {
	rest, is := bytes.CutPrefix(key, p.prefix)
	return store == p.store && is && bytes.HasPrefix(rest, p.begins) && bytes.HasSuffix(rest, p.after)
}

// consequence is what follows from the failure of a step.
type consequence struct {
	// like is the step whose omission leaves the same state but for what is noted; the step itself if empty.
	like string
	// noted is what the state says of the failure, beyond what it would say had the step not been due. All of it must differ.
	noted func(o occurrence) []place
	// reported says that an event tells of the failure.
	reported func(o occurrence, event any) bool
	// elsewhere is the test that makes the step fail where a market seldom has such work.
	elsewhere string
	// then are the steps that note the failure, in their order. Where one fails too the next is tried, and where all fail, the next
	// block tries all again.
	then []string
}

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// consequences are those of every step of begin- and end-block, of all modules of ours. TestEveryStepHasAConsequence keeps a new step from
// going untested.
func consequences() map[string]consequence {
	nothing := func(occurrence) []place { return nil }
	// Nothing is noted: the next block does it again.
	again := func(reported func(work string, event any) bool) consequence {
		return consequence{noted: nothing, reported: func(o occurrence, e any) bool { return reported(o.what, e) }}
	}
	scoring := func(work string, e any) bool {
		event, is := e.(*scoringtypes.EventBlockWorkFailed)
		return is && event.Work == work && event.Netuid == 0
	}
	subnet := func(work string, e any) bool {
		event, is := e.(*subnettypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	dispute := func(work string, e any) bool {
		event, is := e.(*disputetypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	model := func(_ string, e any) bool {
		event, is := e.(*modeltypes.EventChallengesFailed)
		return is && event.Netuid == 0 && event.VersionId == 0
	}
	payment := func(work string, e any) bool {
		event, is := e.(*paymenttypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	emission := func(work string, e any) bool {
		event, is := e.(*emissiontypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	paused := consequence{
		like: "epoch",
		noted: func(o occurrence) []place {
			return []place{
				{"scoring", scoringtypes.DuePrefix.Bytes(), nil, be32(o.netuid())},
				{"scoring", scoringtypes.EpochsPrefix.Bytes(), be32(o.netuid()), nil},
			}
		},
		reported: func(o occurrence, e any) bool {
			event, is := e.(*scoringtypes.EventEpochFailed)
			return is && event.Netuid == o.netuid()
		},
		then: []string{"pause of a subnet", "way out of the queue of epochs"},
	}
	return map[string]consequence{
		"queue of epochs":  again(scoring),
		"size of an epoch": paused,
		"epoch":            paused,

		"list of commits without a seed": again(scoring),
		"seed of a commit": {
			noted: func(o occurrence) []place {
				return []place{
					{"scoring", scoringtypes.FreshPrefix.Bytes(), be32(o.netuid()), nil},
					{"scoring", scoringtypes.CommitsPrefix.Bytes(), be32(o.netuid()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*scoringtypes.EventBlockWorkFailed)
				return is && event.Work == o.what && event.Netuid == o.netuid()
			},
			then: []string{"removal of a commit"},
		},

		"queue of hyperparameters": again(subnet),
		"change of hyperparameters": {
			noted: func(o occurrence) []place {
				return []place{
					{"subnet", subnettypes.HyperparamsDuePrefix.Bytes(), nil, be32(o.netuid())},
					{"subnet", subnettypes.PendingHyperparamsPrefix.Bytes(), be32(o.netuid()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*subnettypes.EventHyperparamsDropped)
				return is && event.Netuid == o.netuid()
			},
			then: []string{"drop of hyperparameters"},
		},
		"list of dissolved subnets": again(subnet),
		"removal": {
			noted: func(o occurrence) []place {
				return []place{{"subnet", subnettypes.DissolvingPrefix.Bytes(), be32(o.netuid()), nil}}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*subnettypes.EventDissolutionFailed)
				return is && event.Netuid == o.netuid()
			},
			then: []string{"end of a removal"},
		},

		"queue of challenges": again(model),
		"end of a binding": {
			noted: func(o occurrence) []place {
				of := slices.Concat(be32(o.netuid()), be32(o.value("uid").(uint32)), be64(o.value("version_id").(uint64)))
				return []place{
					{"model", modeltypes.ChallengesDuePrefix.Bytes(), nil, of},
					{"model", modeltypes.BindingsPrefix.Bytes(), of, nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*modeltypes.EventChallengesFailed)
				return is && event.Netuid == o.netuid() && event.VersionId == o.value("version_id")
			},
			then: []string{"withdrawal of a challenge", "way out of the queue of challenges"},
		},
		"end of reservations": again(model),
		"end of bars":         again(model),
		"draw of challenges":  again(model),

		"queue of cases": again(dispute),
		"case": {
			noted: func(o occurrence) []place {
				return []place{
					{"dispute", disputetypes.DuePrefix.Bytes(), nil, be64(o.id())},
					{"dispute", disputetypes.CasesPrefix.Bytes(), be64(o.id()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*disputetypes.EventCaseFailed)
				return is && event.CaseId == o.id()
			},
			then: []string{"wait of a case", "way out of the queue of cases"},
		},
		"queue of old cases": again(dispute),
		"removal of a case":  again(dispute),

		"queue of pots": again(payment),
		"pot": {
			noted: func(o occurrence) []place {
				return []place{
					{"payment", paymenttypes.PotsDuePrefix.Bytes(), nil, be64(o.value("case_id").(uint64))},
					{"payment", paymenttypes.PotsPrefix.Bytes(), be64(o.value("case_id").(uint64)), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*paymenttypes.EventPotFailed)
				return is && event.CaseId == o.value("case_id")
			},
			then:      []string{"wait of a pot"},
			elsewhere: "x/payment/keeper TestAPotThatFailsIsSetAside",
		},
		"end of old sums":     again(payment),
		"end of old channels": again(payment),

		"emission of a block": again(emission),
	}
}

// TestEveryStepHasAConsequence reads the modules' code for steps, so that what a new one's failure leads to is written down here, and
// tested by TestFaults. A step that is none of a package's name is not overlooked: TestFaults finds stores touched outside of steps.
func TestEveryStepHasAConsequence(t *testing.T) {
	var want []string
	for name, c := range consequences() {
		want = append(want, name)
		want = append(want, c.then...)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	var found []string
	files := 0
	for _, own := range ownModules() {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", "..", "x", own), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			found = append(found, stepsIn(t, path)...)
			return nil
		}))
	}
	require.NotZero(t, files)
	slices.Sort(found)
	require.Equal(t, want, slices.Compact(found))
	// Work that is not in steps would have to be found otherwise.
	for _, name := range ownModules() {
		m := newApp(t).Modules().Modules[name]
		_, ends := m.(appmodule.HasEndBlocker)
		_, updates := m.(module.HasABCIEndBlock)
		_, before := m.(appmodule.HasPreBlocker)
		require.False(t, ends || updates || before, "%s does work that TestFaults does not see", name)
	}
}

// stepsIn are the names of the steps in a file: literals, or constants of the same file.
func stepsIn(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	constants := map[string]string{}
	text := func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			if e.Kind != token.STRING {
				return ""
			}
			s, err := strconv.Unquote(e.Value)
			require.NoError(t, err)
			return s
		case *ast.Ident:
			return constants[e.Name]
		}
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			constants = map[string]string{}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					constants[name.Name] = text(n.Values[i])
				}
			}
		case *ast.CallExpr:
			call, is := n.Fun.(*ast.SelectorExpr)
			if !is || call.Sel.Name != "Step" {
				break
			}
			if of, is := call.X.(*ast.Ident); is && of.Name == "isolate" {
				name := text(n.Args[1])
				require.NotEmpty(t, name, "%s: a step is named by a literal or by a constant of its function", path)
				names = append(names, name)
			}
		}
		return true
	})
	return names
}
