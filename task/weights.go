package task

import (
	"math"
	"sort"
)

// Seat is a miner's place in the subnet at the moment of weighing.
type Seat struct {
	UID   uint16
	Miner MinerID
}

// Weight is one entry of a validator's row.
type Weight struct {
	UID   uint16
	Value uint16
}

// Weights turns the scores of the seated miners into a row for the chain: the best
// score becomes 65535, the others their share of it rounded to nearest (ties up),
// ordered by uid, zeros left out. If nobody scores, the row is empty and there is
// nothing to commit.
func (b *Book) Weights(seats []Seat) []Weight {
	uids := make([]uint16, len(seats))
	scores := make([]float64, len(seats))
	for i, s := range seats {
		uids[i], scores[i] = s.UID, b.Standing(s.Miner).Score
	}
	return QuantizeWeights(uids, scores)
}

// QuantizeWeights scales scores so that the largest is 65535 and rounds to nearest
// (ties up). uids and scores are parallel; scores that are not finite or not
// positive count as 0; zeros are left out; of a uid given twice the last counts.
// The row is ordered by uid.
func QuantizeWeights(uids []uint16, scores []float64) []Weight {
	byUID := map[uint16]float64{}
	for i, uid := range uids {
		if i >= len(scores) {
			break
		}
		v := scores[i]
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			v = 0
		}
		byUID[uid] = v
	}
	var top float64
	for _, v := range byUID {
		top = max(top, v)
	}
	if top == 0 {
		return nil
	}
	var row []Weight
	for uid, v := range byUID {
		if q := math.Floor(v/top*math.MaxUint16 + 0.5); q >= 1 {
			row = append(row, Weight{UID: uid, Value: uint16(q)})
		}
	}
	sort.Slice(row, func(i, j int) bool { return row[i].UID < row[j].UID })
	return row
}
