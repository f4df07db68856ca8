// Device and hub together over loopback: what they promise each other.
import Testing
import Transport

@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
    @Test("A message comes back whole, whatever its size", arguments: [0, 1, 125, 126, 65_535, 65_536, 900_000])
    func echo(size: Int) async throws {
        try await withHub { server, _ in
            let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let device = try await HubConnection.connect(url: address(server))
            try await device.send(message)
            var messages = Messages(device)
            let answer = try await messages.next()
            #expect(answer == message)
            await device.close()
        }
    }

    @Test("Forty devices at once each get their own messages in order")
    func manyDevices() async throws {
        try await withHub { server, _ in
            let url = address(server)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for device in 0..<40 {
                    group.addTask {
                        let connection = try await HubConnection.connect(url: url)
                        for number in 0..<20 { try await connection.send([UInt8(device), UInt8(number)]) }
                        var messages = Messages(connection)
                        for number in 0..<20 { #expect(try await messages.next() == [UInt8(device), UInt8(number)]) }
                        await connection.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A reader that is behind loses nothing")
    func slowReader() async throws {
        try await withHub { server, _ in
            let device = try await HubConnection.connect(url: address(server))
            for number in 0..<200 { try await device.send([UInt8](repeating: UInt8(number), count: 1000)) }
            var messages = Messages(device)
            for number in 0..<200 { #expect(try await messages.next()?.first == UInt8(number)) }
            await device.close()
        }
    }

    @Test("readComplete follows what was received, and closed is the last word")
    func order() async throws {
        try await withHub { server, events in
            let device = try await HubConnection.connect(url: address(server))
            try await device.send([1, 2, 3])
            var events = events.makeAsyncIterator()
            guard case .opened(let id)? = await events.next() else { Issue.record("not opened"); return }
            #expect(await events.next() == .received(id, 3))
            #expect(await events.next() == .readComplete)
            await device.close()
            #expect(await events.next() == .closed(id))
        }
    }

    @Test("Shutting down tells every device 1001")
    func shutdown() async throws {
        try await withHub { server, _ in
            let device = try await HubConnection.connect(url: address(server))
            let silent = try RawSocket(port: server.port)
            async let stop: Void = server.shutdown()
            var messages = Messages(device)
            let error = await #expect(throws: TransportError.self) { _ = try await messages.next() }
            #expect(error?.code == .closed && error?.closeCode == 1001)
            #expect(try silent.readToEnd() == "")
            await stop
            await server.shutdown()
        }
    }

    @Test("The hub's clock ticks without any traffic")
    func ticks() async throws {
        try await withHub({ $0.limits.tickMilliseconds = 5 }) { _, events in
            var events = events.makeAsyncIterator()
            #expect(await events.next() == .ticked)
        }
    }

    @Test("Sending on a closed connection is an error and not a silence")
    func sendAfterClose() async throws {
        try await withHub { server, _ in
            let device = try await HubConnection.connect(url: address(server))
            await device.close()
            let error = await #expect(throws: TransportError.self) { try await device.send([1]) }
            #expect(error?.code == .closed)
        }
    }

    @Test("A device that has gone silent is let go")
    func silence() async throws {
        try await withHub({ $0.limits.pingIntervalMilliseconds = 50; $0.limits.silenceMilliseconds = 100 }) { server, events in
            let socket = try RawSocket.upgrading(port: server.port)
            #expect(try socket.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(try socket.readFrame()?.first == 0x89)
            var events = events.makeAsyncIterator()
            guard case .opened(let id)? = await events.next() else { Issue.record("not opened"); return }
            #expect(await events.next() == .closed(id))
        }
    }

    @Test("An idle device that answers pings stays")
    func idleStays() async throws {
        try await withHub({ $0.limits.pingIntervalMilliseconds = 20; $0.limits.silenceMilliseconds = 2000 }) { server, _ in
            let socket = try RawSocket.upgrading(port: server.port)
            _ = try socket.readHead()
            for _ in 0..<5 {
                #expect(try socket.readFrame()?.first == 0x89)
                socket.send(RawSocket.frame(0x8A, []))
            }
            socket.send(RawSocket.frame(0x88, [3, 232]))
            var code: Int?
            while let frame = try socket.readFrame(), code == nil {
                if frame.first == 0x88 { code = Int(frame.payload[0]) << 8 | Int(frame.payload[1]) }
            }
            #expect(code == 1000)
        }
    }
}
