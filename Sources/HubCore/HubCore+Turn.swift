// A turn: all that arrived was passed on; what it came to is committed, and then said.
internal import Bytes
internal import CRDT
package import Store
internal import Sync

extension HubCore {
    /// Commits what arrived, then says so: call it when all that had arrived was passed on.
    /// - Throws: what the store threw; every connection is closed then, and nothing was acknowledged.
    package func flush() throws(StoreError) {
        do { try workOnParcels() } catch {
            failed(error.message)
            throw error
        }
        let isLate = Plant.acknowledgeBeforeCommit.isPlanted && connections.values.contains { !$0.acknowledgements.isEmpty }
        if documents.hasStaged || !late.isEmpty || !awaitingRows.isEmpty || !cutDue.isEmpty, !isLate {
            do {
                try decideWhatWaited()
                try commit()
                // What a store knows is complete before anything there is decided.
                if collectsFor != nil { try bringStoresUpToDate() }
                let isAny = try decideParked()
                if isAny || documents.hasStaged { try commit() }
                if haveSharesChanged {
                    haveSharesChanged = false
                    try lookAtShares()
                    try documents.flush()
                }
                if !cutDue.isEmpty {
                    try cutHistories()
                    try documents.flush()
                }
            } catch {
                failed(error.message)
                throw error
            }
        }
        unwrittenEpoch = nil
        do { try pumpUp() } catch {
            failed(error.message)
            throw error
        }
        actions += charges.map(Action.charge)
        charges = []
        for id in connections.keys.sorted() {
            guard let connection = connections[id] else { continue }
            if !connection.acknowledgements.isEmpty {
                say(.acknowledged(connection.acknowledgements), to: id)
                connection.acknowledgements = []
            }
            if !connection.kept.isEmpty {
                say(.kept(connection.kept), to: id)
                connection.kept = []
            }
            if connection.peer?.role == .storeHub { continue }
            for answer in connection.answers { say(answer, to: id) }
            connection.answers = []
        }
    }

    /// What other hubs' facts made possible.
    private func decideWhatWaited() throws(StoreError) {
        do {
            try takeArrivals()
            try bringStoresUpToDate()
            try decideBorrowed()
            try settleLate()
            try decideLate()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.damaged, "What was decided elsewhere can't be read: \(error)")
        }
    }

    private func commit() throws(StoreError) {
        guard documents.hasStaged || staged.isTimed else { return }
        stageStandings()
        if staged.isTimed { documents.stage(.put(.meta, key: HubCore.timeName, value: clock.bytes)) }
        try documents.flush()
        staged = Staged()
        metrics.commits += 1
    }

    package func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }
}
