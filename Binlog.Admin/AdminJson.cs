using System.IO;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;

namespace Binlog.Admin;

/// <summary>The JSON of the contract's objects. Names that a type doesn't have are passed over, so that a newer host is understood.</summary>
public static class AdminJson
{
    private static readonly DataContractJsonSerializerSettings Settings = new DataContractJsonSerializerSettings
    {
        // Seven digits at most, and UTC as Z.
        DateTimeFormat = new DateTimeFormat("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK") { DateTimeStyles = System.Globalization.DateTimeStyles.RoundtripKind },
    };

    /// <summary>An object's JSON, in UTF-8.</summary>
    public static byte[] Write<T>(T value)
    {
        using var stream = new MemoryStream();
        new DataContractJsonSerializer(typeof(T), Settings).WriteObject(stream, value);
        return stream.ToArray();
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="SerializationException">It isn't JSON of this form.</exception>
    public static T Read<T>(byte[] json)
        where T : class
    {
        using var stream = new MemoryStream(json, writable: false);
        return new DataContractJsonSerializer(typeof(T), Settings).ReadObject(stream) as T ?? throw new SerializationException("Found null, expected an object.");
    }
}
