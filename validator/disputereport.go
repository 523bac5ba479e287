package validator

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

// DisputesReport is what this validator accuses and judges: what the evidence command shows, also while the daemon runs.
type DisputesReport struct {
	Accusations []AccusationLine `json:"accusations"`
	Votes       []VoteLine       `json:"votes"`
}

// AccusationLine is one accusation for reading; hashes are in hex.
type AccusationLine struct {
	Case     uint64 `json:"case"` // 0: none yet
	Miner    string `json:"miner"`
	Of       string `json:"of"`
	Log10E   uint32 `json:"log10_e"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence"`
	Done     bool   `json:"done"`
	Why      string `json:"why,omitempty"`
}

// VoteLine is one vote for reading. The verdict is a secret until it is revealed, so keep the file to yourself, as the home that it is in.
type VoteLine struct {
	Case     uint64     `json:"case"`
	Miner    string     `json:"miner"`
	Verdict  string     `json:"verdict,omitempty"`
	Evidence string     `json:"evidence,omitempty"`
	Status   VoteStatus `json:"status"`
	Why      string     `json:"why,omitempty"`
	Outcome  string     `json:"outcome,omitempty"`
}

// word for a value of one of the module's enums: its last part, in lower case with hyphens.
func word(v fmt.Stringer) string {
	s := v.String()
	for _, prefix := range []string{"CASE_STATUS_", "VERDICT_"} {
		s = strings.TrimPrefix(s, prefix)
	}
	if s == "UNSPECIFIED" {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(s), "_", "-")
}

// DisputesFile is where the report is written for reading.
type DisputesFile struct {
	Path string
	last string
}

func (c Config) disputesPath() string { return filepath.Join(c.statePath(), "disputes.json") }

// Write replaces the report whole where it changed, and says whether it did.
func (f *DisputesFile) Write(accusations []AccusationRecord, votes []VoteRecord) (bool, error) {
	r := DisputesReport{Accusations: []AccusationLine{}, Votes: []VoteLine{}}
	for _, a := range accusations {
		r.Accusations = append(r.Accusations, AccusationLine{a.Case, a.Miner, a.Of, a.Log10E, a.Reason, hex.EncodeToString(a.Evidence), a.Done, a.Why})
	}
	for _, v := range votes {
		r.Votes = append(r.Votes, VoteLine{v.Case, v.Miner, word(v.Verdict), hex.EncodeToString(v.Evidence), v.Status, v.Why, word(v.Outcome)})
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil || string(raw) == f.last {
		return false, err
	}
	if err := writeDurably(f.Path, append(raw, '\n')); err != nil {
		return false, err
	}
	f.last = string(raw)
	return true, nil
}

// ReadDisputes reads the report of a home, of one mechanism; an empty one where nothing ever happened.
func ReadDisputes(home string, mechanism uint32) (DisputesReport, error) {
	r := DisputesReport{Accusations: []AccusationLine{}, Votes: []VoteLine{}}
	path := Config{Home: home, Mechanism: mechanism}.disputesPath()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// ReadEvidence finds evidence of a home by its hash, or by the number of a case: what the vote in it rests on, else the accusation. It returns the
// file's bytes, whose SHA-256 is the hash, and what they say. Errors: [ErrNoEvidence], [ErrStore].
func ReadEvidence(home string, mechanism uint32, which string) ([]byte, Evidence, error) {
	folder := EvidenceFolder{Config{Home: home, Mechanism: mechanism}.evidencePath()}
	if hash, err := hex.DecodeString(which); err == nil && len(hash) == disputetypes.HashSize {
		return folder.Read(hash)
	}
	id, err := strconv.ParseUint(which, 10, 64)
	if err != nil || id == 0 {
		return nil, Evidence{}, fmt.Errorf("%w: %.80q is neither the number of a case nor a hash of 64 hexadecimal digits", ErrNoEvidence, which)
	}
	r, err := ReadDisputes(home, mechanism)
	if err != nil {
		return nil, Evidence{}, err
	}
	found := ""
	for _, a := range r.Accusations {
		if a.Case == id {
			found = a.Evidence
		}
	}
	for _, v := range r.Votes {
		if v.Case == id && v.Evidence != "" {
			found = v.Evidence
		}
	}
	hash, err := hex.DecodeString(found)
	if err != nil || len(hash) == 0 {
		return nil, Evidence{}, fmt.Errorf("%w of case %d in %s; agon-validator evidence lists what there is", ErrNoEvidence, id, home)
	}
	return folder.Read(hash)
}

// Table writes the report for people.
func (r DisputesReport) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ROLE\tCASE\tMINER\tSAID\tSTATUS\tEVIDENCE")
	for _, a := range r.Accusations {
		status, id := "open", strconv.FormatUint(a.Case, 10)
		if a.Case == 0 {
			status, id = "not sent yet", "-"
		}
		if a.Why != "" {
			status = a.Why
		}
		fmt.Fprintf(t, "accuser\t%s\t%s\t%s\t%s\t%s\n", id, a.Miner, a.Reason, status, a.Evidence)
	}
	for _, v := range r.Votes {
		status := string(v.Status)
		if v.Outcome != "" {
			status += ", case " + v.Outcome
		}
		fmt.Fprintf(t, "judge\t%d\t%s\t%s\t%s\t%s\n", v.Case, v.Miner, v.Verdict, status, v.Evidence)
	}
	return t.Flush()
}
