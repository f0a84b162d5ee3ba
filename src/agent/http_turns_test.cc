#include "agent/http_turns.h"

#include <gtest/gtest.h>

#include "agent/ingress.h"
#include "agent/resolver.h"

namespace berth::agent {
namespace {

TEST(HttpTurns, TheNextRequestIsKnownOnceTheServerHasAnswered) {
  HttpTurns turns;
  turns.from_client("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(turns.begins_request("GET / HTTP/1.1\r\n"));  // pipelined: the answer is not there yet
  turns.from_server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(turns.may_be_between());
  EXPECT_TRUE(turns.begins_request("POST /a HTTP/1.1\r\n"));
  EXPECT_FALSE(turns.begins_request("rest of a body"));
}

TEST(HttpTurns, AnAnswerThatEndsWithItsConnectionIsWaitedFor) {
  HttpTurns turns;
  turns.from_client("GET / HTTP/1.0\r\n\r\n");
  turns.from_server("HTTP/1.0 200 OK\r\n\r\nhalf of it");
  EXPECT_FALSE(turns.may_be_between());
}

TEST(HttpTurns, WhatIsNotHttpIsNeverBetweenRequests) {
  HttpTurns turns;
  turns.from_client(std::string_view("\x16\x03\x01", 3));
  turns.from_server("GET / HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
  EXPECT_FALSE(turns.may_be_between());
  EXPECT_FALSE(turns.begins_request("GET / HTTP/1.1\r\n"));
}

TEST(HttpTurns, AnUpgradedConnectionBelongsToItsServer) {
  HttpTurns turns;
  turns.from_client("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  turns.from_server("HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(turns.begins_request("GET / HTTP/1.1\r\n"));
}

TEST(Resolver, ReadsTheFirstAddressOfAnAnswer) {
  std::string packet = dns_query(7, "web.shop");
  packet[2] = static_cast<char>(0x81);
  packet[7] = 1;
  packet += std::string("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x02", 16);
  DnsAnswer answer;
  ASSERT_TRUE(parse_dns_answer(packet, answer));
  EXPECT_TRUE(answer.found);
  EXPECT_EQ(answer.id, 7);
  EXPECT_EQ(ntohl(answer.address.s_addr), 0x0a000002U);
}

TEST(Resolver, ABrokenAnswerFindsNothing) {
  std::string packet = dns_query(7, "web");
  packet[2] = static_cast<char>(0x81);
  packet[7] = 1;
  DnsAnswer answer;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const bool is_answer = parse_dns_answer(std::string_view(packet).substr(0, size), answer);
    EXPECT_FALSE(is_answer && answer.found) << size;
  }
}

TEST(Route, NamesJoinAndLeave) {
  Route route;
  ASSERT_TRUE(parse_route({"--drain", "5", "--must-answer", "+abc", "-def"}, route));
  EXPECT_EQ(route.joins, std::vector<std::string>{"abc"});
  EXPECT_EQ(route.leaves, std::vector<std::string>{"def"});
  EXPECT_EQ(route.drain.count(), 5);
  EXPECT_TRUE(route.must_answer);
  EXPECT_FALSE(parse_route({"abc"}, route));
}

}  // namespace
}  // namespace berth::agent
