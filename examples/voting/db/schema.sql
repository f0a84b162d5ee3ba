-- One row a voter: voting again moves the vote. 'cast_at' is the vote's place in the queue (a Redis stream id: milliseconds,
-- number), so that an older vote that arrives late changes nothing.
CREATE TABLE votes (
  voter text PRIMARY KEY,
  choice text NOT NULL CHECK (choice IN ('a', 'b')),
  cast_at bigint[] NOT NULL
);

