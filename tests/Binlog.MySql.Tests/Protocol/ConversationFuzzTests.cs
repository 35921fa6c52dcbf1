using Binlog.MySql.Protocol;
using Binlog.MySql.Tests.Fakes;

namespace Binlog.MySql.Tests.Protocol;

/// <summary>A whole conversation with damaged bytes from the server ends with rows or with one typed error, never otherwise.</summary>
public class ConversationFuzzTests
{
    private const string Password = "secret";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<bool> BothEnds => [true, false];

    [Theory]
    [MemberData(nameof(BothEnds))]
    public async Task Conversation_Undamaged_Succeeds(bool deprecateEof) => Assert.Equal(3, await TalkAsync(Conversation(deprecateEof)));

    [Theory]
    [MemberData(nameof(BothEnds))]
    public async Task Conversation_CutAtEveryOffset_IsLost(bool deprecateEof)
    {
        var good = Conversation(deprecateEof);
        for (var length = 0; length < good.Length; length++)
        {
            Assert.Null(await TalkAsync(good[..length]));
        }
    }

    [Theory]
    [MemberData(nameof(BothEnds))]
    public async Task Conversation_EveryBitFlipped_SucceedsOrThrowsTheTypedError(bool deprecateEof)
    {
        var good = Conversation(deprecateEof);
        var refused = 0;
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit >> 3] ^= (byte)(1 << (bit & 7));
            refused += await TalkAsync(bad) is null ? 1 : 0;
        }

        Assert.True(refused > good.Length, $"Only {refused} of {good.Length * 8} were refused.");
    }

    [Fact]
    public async Task Conversation_RandomBytesAfterALogin_SucceedsOrThrowsTheTypedError()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        var good = Conversation(true);
        for (var i = 0; i < 500; i++)
        {
            var bad = good[..random.Next(good.Length)];
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            await TalkAsync([.. bad, .. noise]);
        }
    }

    /// <summary>All that a server sends for a login, SET NAMES, and a query of two results.</summary>
    private static byte[] Conversation(bool deprecateEof)
    {
        var capabilities = FakePackets.Capabilities & ~(deprecateEof ? ProtocolCapabilities.None : ProtocolCapabilities.DeprecateEof);
        byte sequence = 1;
        var bytes = new List<byte>();
        bytes.AddRange(FakePackets.Packet(0, FakePackets.Greeting(capabilities: capabilities)));
        bytes.AddRange(FakePackets.Packet(2, FakePackets.AuthMore(3)));
        bytes.AddRange(FakePackets.Packet(3, FakePackets.Ok()));
        bytes.AddRange(FakePackets.Packet(1, FakePackets.Ok()));
        Add([2]);
        Add(FakePackets.Column("id", MySqlColumnType.Int));
        Add(FakePackets.Column("text"));
        AddEnd(MySqlStatus.Autocommit, columns: true);
        Add(FakePackets.Row("1", "one"));
        Add(FakePackets.Row("2", null));
        AddEnd(MySqlStatus.Autocommit | MySqlStatus.MoreResultsExist, columns: false);
        Add([1]);
        Add(FakePackets.Column("c"));
        AddEnd(MySqlStatus.Autocommit, columns: true);
        Add(FakePackets.Row("x"));
        AddEnd(MySqlStatus.Autocommit, columns: false);
        return [.. bytes];

        void Add(byte[] payload) => bytes.AddRange(FakePackets.Packet(sequence++, payload));

        void AddEnd(MySqlStatus status, bool columns)
        {
            if (!deprecateEof || !columns)
            {
                Add(deprecateEof ? FakePackets.Ok(status: status, marker: 0xFE) : FakePackets.Eof(status));
            }
        }
    }

    /// <summary>Number of rows read, or null when the typed error ended it.</summary>
    private static async Task<int?> TalkAsync(byte[] serverBytes)
    {
        await using var server = new FakeMySqlServer
        {
            Script = async connection =>
            {
                await connection.WriteRawAsync(serverBytes);
                connection.EndWriting();
                await connection.DrainAsync();
            },
        };
        try
        {
            await using var connection = await MySqlConnection.OpenAsync(server.Options with { Password = Password }, Token);
            await using var reader = await connection.QueryAsync("SELECT", Token);
            var rows = 0;
            do
            {
                while (await reader.ReadAsync(Token))
                {
                    rows++;
                    for (var i = 0; i < reader.Columns.Count; i++)
                    {
                        _ = reader.GetString(i);
                    }
                }
            }
            while (await reader.NextResultAsync(Token));
            return rows;
        }
        catch (MySqlException)
        {
            return null;
        }
    }
}
