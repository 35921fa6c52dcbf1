using System.Buffers.Binary;
using System.Globalization;
using Binlog.RelayLog;

// usage: DIRECTORY APPENDERS SEED [RECORDS]
// Prints "ready LAST" after recovery, then "APPENDER NUMBER" after each acknowledgement. Appender a's n-th record has kind a and start TS n.
string directory = args[0];
int appenders = int.Parse(args[1], CultureInfo.InvariantCulture);
var random = new Random(int.Parse(args[2], CultureInfo.InvariantCulture));
int records = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : int.MaxValue;

var options = new SegmentedLogOptions { Directory = directory, Name = "crash test log", SegmentSizeBytes = 64 * 1024 };
await using SegmentedLog log = await SegmentedLog.OpenAsync(options, CancellationToken.None);
var next = new ulong[appenders];
using (LogReader reader = log.OpenReader(default))
{
    while (reader.TryRead(out LogRecord record))
    {
        next[record.Tag.Kind] = record.Tag.StartTs + 1;
    }
}

using Stream output = Console.OpenStandardOutput();
var gate = new Lock();
Print($"ready {log.LastSequence}");
int[] seeds = [.. Enumerable.Range(0, appenders).Select(_ => random.Next())];
await Task.WhenAll(Enumerable.Range(0, appenders).Select(appender => Task.Run(() => AppendAsync(appender))));

async Task AppendAsync(int appender)
{
    var sizes = new Random(seeds[appender]);
    var payload = new byte[20000];
    for (int i = 0; i < records; i++)
    {
        ulong number = next[appender]++;
        int size = sizes.Next(10) == 0 ? sizes.Next(8, payload.Length) : sizes.Next(8, 400);
        payload.AsSpan(0, size).Fill((byte)number);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, number);
        await log.AppendAsync(new RecordTag((ushort)appender, number, 0), payload.AsMemory(0, size), CancellationToken.None);
        Print(string.Create(CultureInfo.InvariantCulture, $"{appender} {number}"));
    }
}

void Print(string line)
{
    byte[] bytes = System.Text.Encoding.ASCII.GetBytes(line + "\n");
    lock (gate)
    {
        output.Write(bytes);
        output.Flush();
    }
}
