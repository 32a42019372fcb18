package customer

import (
	"hash/maphash"
	"math/bits"
)

// seen is a set of 64-bit hashes: whom earlier rows of a file were about. For a million rows it takes 24 MB where a map of
// strings would take ten times as much. Two keys that share a hash are a one in ten million chance for a million rows, and
// would only make a row fill gaps instead of changing what is there.
type seen struct {
	slots []uint64
	salt  maphash.Seed
}

// newSeen returns a set for two keys of each row. It does not grow: for a moment that would take three times the room.
func newSeen(rows int64) *seen {
	return &seen{slots: make([]uint64, 3*rows+16), salt: maphash.MakeSeed()}
}

// hash is never 0, which marks an empty slot.
func (s *seen) hash(key string) uint64 { return maphash.String(s.salt, key) | 1 }

func (s *seen) has(key string) bool {
	h := s.hash(key)
	return s.slots[s.place(h)] == h
}

func (s *seen) add(key string) {
	h := s.hash(key)
	s.slots[s.place(h)] = h
}

// place is where the hash stands, or the empty slot where it would.
func (s *seen) place(h uint64) int {
	n := uint64(len(s.slots))
	i, _ := bits.Mul64(h, n)
	for s.slots[i] != 0 && s.slots[i] != h {
		if i++; i == n {
			i = 0
		}
	}
	return int(i) //nolint:gosec // below the number of slots
}
